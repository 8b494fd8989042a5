package io.latentsync.shot;

import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The shots of a video.
 *
 * @param cuts the first frame of each shot except the first, ascending, above 0
 */
public record Shots(List<Integer> cuts) implements Serializable {
  /** A video without cuts. */
  public static final Shots ONE = new Shots(List.of());

  private static final int MOST_TIMES = 20;

  /** Copies the cuts. */
  public Shots {
    cuts = List.copyOf(cuts);
  }

  /**
   * Finds the shots of a video; see {@link ShotDetector}.
   *
   * @param frames all frames in order
   * @param rate of the frames
   */
  public static Shots of(List<LumaBlocks> frames, FrameRate rate) {
    return new Shots(new ShotDetector(frames, rate).cuts());
  }

  /**
   * The number of shots, and where they are cut.
   *
   * @param rate of the frames
   */
  public String text(FrameRate rate) {
    String times =
        cuts.stream()
            .limit(MOST_TIMES)
            .map(cut -> String.format(Locale.ROOT, "%.2f", rate.seconds(cut)))
            .collect(Collectors.joining(", "));
    String more =
        cuts.size() > MOST_TIMES ? " and %d more".formatted(cuts.size() - MOST_TIMES) : "";
    return cuts.isEmpty()
        ? "1"
        : "%d, cut at %s s%s of the video".formatted(cuts.size() + 1, times, more);
  }

  /** The number of the shot that shows a frame, from 0. */
  public int shot(int frame) {
    int found = Collections.binarySearch(cuts, frame);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /**
   * The shots of a video's first frames.
   *
   * @param frames their number; 0 gives no shots
   */
  public List<FrameRange> ranges(int frames) {
    List<FrameRange> ranges = new ArrayList<>();
    int first = 0;
    for (int cut : cuts) {
      if (cut < frames) {
        ranges.add(new FrameRange(first, cut - first));
        first = cut;
      }
    }
    if (first < frames) {
      ranges.add(new FrameRange(first, frames - first));
    }
    return ranges;
  }
}
