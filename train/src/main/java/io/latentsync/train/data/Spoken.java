package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;

/** Speech as the audio encoder's input, with the mouths that speak it. */
public interface Spoken {
  /** The spectrogram, [1,80,c]. */
  NDArray mel();

  /** The mouths' values, [n,5]. */
  NDArray mouths();

  /** How many frames there are, n. */
  default int frames() {
    return (int) mouths().getShape().get(0);
  }
}
