package io.latentsync.train;

import ai.djl.Device;
import io.latentsync.nn.torch.TorchEngine;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The option for gradient checkpointing. */
final class CheckpointingArguments {
  private static final double GIB = 1 << 30;

  @Option(
      names = "--gradient_checkpointing",
      description =
          "Compute the network's layers again in the backward pass. Needs a fraction of the memory"
              + " and a third more time; the result differs by rounding only.")
  private boolean checkpointing;

  boolean chosen() {
    return checkpointing;
  }

  /**
   * Notes if checkpointing would help, because a training step needs more memory than the device
   * has.
   *
   * @param plain bytes without checkpointing
   * @param checkpointed bytes with checkpointing
   */
  void advise(Device device, long plain, long checkpointed) {
    long available = available(device);
    if (!checkpointing && plain > available) {
      System.err.println(
          String.format(
              Locale.ROOT,
              "note: a step needs about %.1f GiB of memory, of which %.1f GiB are available;"
                  + " --gradient_checkpointing needs about %.1f GiB",
              plain / GIB,
              available / GIB,
              checkpointed / GIB));
    }
  }

  /** Free memory of a GPU, or all memory of this machine. */
  private static long available(Device device) {
    return TorchEngine.freeMemory(device)
        .orElseGet(
            () ->
                ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getTotalMemorySize());
  }
}
