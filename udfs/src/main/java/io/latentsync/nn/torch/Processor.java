package io.latentsync.nn.torch;

import ai.djl.Device;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor.ProcessorIdentifier;

/** The name of the hardware that computes the networks. */
public final class Processor {
  private Processor() {}

  /** Name of the processor, such as {@code AMD EPYC (family 26, model 2)}, or of the GPU. */
  public static String name(Device device) {
    if (!device.getDeviceType().equals(Device.Type.CPU)) {
      return device.toString();
    }
    ProcessorIdentifier processor =
        new SystemInfo().getHardware().getProcessor().getProcessorIdentifier();
    return "%s (family %s, model %s)"
        .formatted(processor.getName().strip(), processor.getFamily(), processor.getModel());
  }

  /**
   * Identifies the arithmetic of a device and of libtorch. Only where it is equal, the same
   * networks and inputs give the same bits.
   */
  public static String arithmetic(Device device) {
    String hardware =
        device.isGpu()
            ? "GPU of compute capability %d with %d bytes"
                .formatted(TorchEngine.computeCapability(device), TorchEngine.memory(device))
            : device.getDeviceType() + " " + name(Device.cpu());
    return "%s, libtorch %s".formatted(hardware, TorchEngine.version());
  }
}
