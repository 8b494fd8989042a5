package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;

/** A speech as input of the audio encoder, with the mouth of each frame. */
public interface Spoken {
  /** The spectrogram, [1,80,c]. */
  NDArray mel();

  /** The mouths' values, [n,5]. */
  NDArray mouths();

  /** The number of frames, n. */
  default int frames() {
    return (int) mouths().getShape().get(0);
  }
}
