package io.latentsync.nn.torch;

import java.io.IOException;

/**
 * A layer of a network comes out wrong on this machine, or a network's result is not finite; the
 * message says where and what to do.
 */
public final class WrongNumbersException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says where numbers are wrong, and what to do. */
  public WrongNumbersException(String problem) {
    super(problem);
  }

  WrongNumbersException(LayerAccuracy layer) {
    super(
        "%s computes wrong numbers: %s; run on another machine or --device, or set ONEDNN_MAX_CPU_ISA=AVX2 in the environment (slower on the CPU)"
            .formatted(Processor.name(layer.device()), layer));
  }
}
