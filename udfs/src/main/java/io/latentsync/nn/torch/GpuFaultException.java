package io.latentsync.nn.torch;

import com.google.common.base.Throwables;
import io.latentsync.memory.NativeMemoryException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An NVIDIA GPU failed. CUDA reports such an error for every later call of the process too, so only
 * a new process can use the GPU. The message is one line for the user.
 */
public final class GpuFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The beginnings of libtorch's messages about errors of CUDA and its libraries. */
  private static final Pattern FAULT =
      Pattern.compile("CUDA (driver )?error: .*|cuDNN error: .*|CU(DNN|BLAS)_STATUS_\\w+.*");

  private static final int LONGEST = 200;

  private GpuFaultException(String reason, Throwable cause) {
    super(
        "a GPU failed (%s); the driver's messages on that node (dmesg, nvidia-smi) say more"
            .formatted(reason),
        cause);
  }

  /**
   * Throws if the cause of a failure is a failed GPU. Exhausted memory and missing code for a kind
   * of GPU are no such failures.
   *
   * @throws GpuFaultException if it is
   */
  public static void throwIfCauseOf(Throwable failure) {
    Throwables.throwIfInstanceOf(failure, GpuFaultException.class);
    Optional<String> reason = reason(failure);
    if (reason.isPresent()) {
      throw new GpuFaultException(reason.get(), failure);
    }
  }

  private static Optional<String> reason(Throwable failure) {
    Throwable root = Throwables.getRootCause(failure);
    if (!(root instanceof RuntimeException)
        || NativeMemoryException.isCauseOf(failure)
        || TorchUnavailableException.isNoKernels(root)) {
      return Optional.empty();
    }
    return FAULT
        .matcher(String.valueOf(root.getMessage()))
        .results()
        .map(found -> found.group())
        .map(line -> line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…")
        .findFirst();
  }
}
