package io.latentsync.nn.torch;

import java.io.IOException;

/**
 * This machine computes a layer of a network incorrectly, or a network's result is not finite; the
 * message names the layer or frame and the remedy.
 */
public final class WrongNumbersException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An error with its location and remedy. */
  public WrongNumbersException(String problem) {
    super(problem);
  }

  WrongNumbersException(LayerAccuracy layer) {
    super(
        "%s computes wrong numbers: %s; run on another machine or --device, or set ONEDNN_MAX_CPU_ISA=AVX2 in the environment (slower on the CPU)"
            .formatted(Processor.name(layer.device()), layer));
  }
}
