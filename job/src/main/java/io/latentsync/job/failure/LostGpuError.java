package io.latentsync.job.failure;

import io.latentsync.nn.torch.GpuFaultException;

/**
 * A GPU failed and the executor that uses it must end. Spark ends an executor whose task throws
 * this kind of error, after it has reported the failure to the driver.
 */
public final class LostGpuError extends VirtualMachineError {
  private static final long serialVersionUID = 1L;

  /** An error with the GPU's failure as its cause. */
  public LostGpuError(GpuFaultException fault) {
    super(fault.getMessage(), fault);
  }

  /**
   * Omits the stack trace: Spark logs the error when it ends the executor, and the trace would not
   * show where the GPU failed.
   */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
