package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.torch.LayerAccuracy;
import io.latentsync.nn.torch.LayerKind;
import io.latentsync.nn.torch.NumericCheck;
import io.latentsync.nn.torch.Processor;
import io.latentsync.nn.torch.WrongNumbersException;
import java.util.Collection;
import java.util.List;

/**
 * The element type in which UNet and VAE are computed: the requested type if the device computes
 * all their layers correctly in it, else FLOAT32.
 *
 * @param type FLOAT32, FLOAT16 or BFLOAT16
 * @param reason why it is not the requested type; empty if it is
 */
record ComputeType(DataType type, String reason) {

  /**
   * Checks the layers.
   *
   * @param kinds layers of both networks
   * @throws WrongNumbersException if the device also computes a layer incorrectly in FLOAT32
   */
  static ComputeType of(Precision precision, Device device, Collection<LayerKind> kinds)
      throws WrongNumbersException {
    DataType asked = precision.on(device);
    if (asked != DataType.FLOAT32) {
      List<LayerAccuracy> wrong =
          NumericCheck.of(kinds, device, asked).stream().filter(layer -> !layer.passes()).toList();
      if (!wrong.isEmpty()) {
        NumericCheck.require(kinds, device, DataType.FLOAT32);
        return new ComputeType(DataType.FLOAT32, reason(wrong, device));
      }
    } else {
      NumericCheck.require(kinds, device, asked);
    }
    return new ComputeType(asked, "");
  }

  private static String reason(List<LayerAccuracy> wrong, Device device) {
    return "fp32, as %s computes %d kinds of layers wrong; the first: %s"
        .formatted(Processor.name(device), wrong.size(), wrong.get(0));
  }
}
