package io.latentsync.timeline;

import io.latentsync.time.FrameRate;
import java.io.Serializable;

/** The blend weight of new lips in each frame of a dubbed video, 0 to 1. */
public final class FrameWeights implements Serializable {
  private static final long serialVersionUID = 1L;

  private final float[] weights;

  /**
   * Weights.
   *
   * @param weights of each frame; copied
   */
  public FrameWeights(float[] weights) {
    this.weights = weights.clone();
  }

  /** The weights outside kept ranges, see {@link KeptRanges#share}. */
  public static FrameWeights outside(KeptRanges kept, FrameRate rate, int frames) {
    float[] weights = new float[frames];
    for (int i = 0; i < frames; i++) {
      weights[i] = kept.share(i, rate);
    }
    return new FrameWeights(weights);
  }

  /** The weight in a frame; 0: the face is passed through. */
  public float at(int frame) {
    return weights[frame];
  }
}
