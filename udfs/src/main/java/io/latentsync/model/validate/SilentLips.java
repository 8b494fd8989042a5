package io.latentsync.model.validate;

import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The mouth while the speech is silent. A frame is silent if the speech's envelope is below a
 * twentieth (−26 dB) of its 95th percentile, in a pause of at least 0.3 s, without the pause's
 * first and last 0.08 s, in which the lips are on their way.
 *
 * @param frames number of silent frames with a measured mouth
 * @param silent mean opening of the mouth in them
 * @param speaking mean opening in all frames that are not silent
 */
public record SilentLips(int frames, double silent, double speaking) {
  /** A larger share of the speaking mean is a finding. */
  public static final double LIMIT = 0.5;

  private static final double SHARE = 0.05;
  private static final double PERCENTILE = 0.95;
  private static final int PAUSE_MILLISECONDS = 300;
  private static final int EDGE_MILLISECONDS = 80;

  /** Values that each mean must have. */
  private static final int FEWEST = 8;

  /**
   * Measures a video.
   *
   * @param openings of the mouth by frame; NaN where it was not measured
   * @param envelope of the speech by frame
   * @return empty if there are too few silent or speaking frames with a mouth
   */
  public static Optional<SilentLips> of(float[] openings, float[] envelope, FrameRate rate) {
    int frames = Math.min(openings.length, envelope.length);
    if (frames == 0) {
      return Optional.empty();
    }
    float[] sorted = Arrays.copyOf(envelope, frames);
    Arrays.sort(sorted);
    double limit = SHARE * sorted[(int) (PERCENTILE * (frames - 1))];
    boolean[] quiet = new boolean[frames];
    int edge = rate.framesIn(EDGE_MILLISECONDS);
    List<FrameRange> pauses = FrameRange.where(frames, frame -> envelope[frame] < limit);
    for (FrameRange pause : pauses) {
      if (pause.frames() >= rate.framesIn(PAUSE_MILLISECONDS)) {
        Arrays.fill(quiet, pause.first() + edge, pause.first() + pause.frames() - edge, true);
      }
    }
    double[] sums = new double[2];
    int[] counts = new int[2];
    for (int frame = 0; frame < frames; frame++) {
      boolean between = envelope[frame] < limit && !quiet[frame];
      if (!Float.isNaN(openings[frame]) && !between) {
        int kind = quiet[frame] ? 0 : 1;
        sums[kind] += openings[frame];
        counts[kind]++;
      }
    }
    return counts[0] < FEWEST || counts[1] < FEWEST
        ? Optional.empty()
        : Optional.of(new SilentLips(counts[0], sums[0] / counts[0], sums[1] / counts[1]));
  }

  /** The silent mean by the speaking mean. */
  public double share() {
    return silent / speaking;
  }
}
