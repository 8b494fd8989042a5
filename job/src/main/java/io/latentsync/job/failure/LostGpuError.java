package io.latentsync.job.failure;

import io.latentsync.nn.torch.GpuFaultException;

/**
 * A GPU failed and the executor that uses it must end. Spark ends an executor whose task throws
 * this kind of error, after it has reported the failure to the driver.
 */
public final class LostGpuError extends VirtualMachineError {
  private static final long serialVersionUID = 1L;

  /** With the failure of the GPU. */
  public LostGpuError(GpuFaultException fault) {
    super(fault.getMessage(), fault);
  }

  /** Spark logs the error on its own way out of the executor; where it was thrown says nothing. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
