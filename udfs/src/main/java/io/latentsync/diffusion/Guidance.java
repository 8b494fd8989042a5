package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import java.util.stream.DoubleStream;

/**
 * Classifier-free guidance (Ho, Salimans, 2022): combines the network's predictions without and
 * with the speech.
 */
public interface Guidance {

  /** Whether a prediction without the speech is needed, which doubles the work. */
  boolean needsUnconditional();

  /** The constants that {@link #guide} needs on the device. */
  DoubleStream numbers();

  /**
   * The guided prediction.
   *
   * @param unconditional prediction without the speech, [b,4,f,h,w]
   * @param conditional prediction with the speech, of the same shape
   * @param numbers contains at least {@link #numbers()}, on the device of the predictions
   * @return an array of the same shape, owned by the manager of {@code unconditional}
   */
  NDArray guide(NDArray unconditional, NDArray conditional, DeviceNumbers numbers);
}
