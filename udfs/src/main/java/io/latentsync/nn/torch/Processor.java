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
}
