package io.latentsync.nn.torch;

import com.google.common.base.Throwables;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * libtorch cannot be loaded or used on this machine; the message says in one line what is missing.
 */
public final class TorchUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** The messages of the loaders of Linux and macOS about a missing library. */
  private static final Pattern MISSING =
      Pattern.compile(
          "(\\S*lib[^\\s:/]+): cannot open shared object file|Library not loaded: (\\S+)");

  /** The message of Linux's loader about a system library that is too old. */
  private static final Pattern OLD = Pattern.compile("version [`']([A-Z]+_[\\d.]+)' not found");

  TorchUnavailableException(String message) {
    super(message);
  }

  private TorchUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The reason why the engine cannot be loaded, and the remedy.
   *
   * @param version of libtorch that this build needs
   */
  static TorchUnavailableException of(Throwable error, String version) {
    String reason = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    return new TorchUnavailableException(
        "libtorch cannot be loaded: " + text(reason, version), error);
  }

  /**
   * Throws if libtorch has no code for the kind of a GPU, which each call reports.
   *
   * @throws TorchUnavailableException if that is the cause of the failure; the message says what to
   *     do
   */
  public static void throwIfNoKernels(Throwable failure) {
    if (isNoKernels(Throwables.getRootCause(failure))) {
      throw new TorchUnavailableException(
          "this libtorch has no code for the kind of GPU of this node; name the folder of a PyTorch"
              + " that has with PYTORCH_LIBRARY_PATH, or use --device cpu",
          failure);
    }
  }

  static boolean isNoKernels(Throwable error) {
    return String.valueOf(error.getMessage()).contains("no kernel image is available");
  }

  private static String text(String reason, String version) {
    Matcher missing = MISSING.matcher(reason);
    if (missing.find()) {
      String library = missing.group(1) == null ? missing.group(2) : missing.group(1);
      return library.startsWith("libcuda.so") || library.startsWith("libnvidia-")
          ? "NVIDIA's driver (%s) is missing on this node; install it, in a container use NVIDIA's"
                  .formatted(library)
              + " container runtime, or use a build without -Pcuda"
          : "%s is missing on this node; install it, or name the folder of a whole PyTorch %s with PYTORCH_LIBRARY_PATH"
              .formatted(library, version);
    }
    Matcher old = OLD.matcher(reason);
    if (old.find()) {
      return "the C or C++ library of this system lacks %s; use a newer system, such as one with"
              .formatted(old.group(1))
          + " glibc 2.28 and GCC 9";
    }
    if (reason.contains("Offline mode") || reason.contains("jnilib")) {
      return "this build's jars are for another kind of machine; build on this one, or with the"
          + " profile of this one (-Plinux-x86_64, -Plinux-aarch64, -Pmacosx-arm64, -Pcuda)";
    }
    return reason;
  }
}
