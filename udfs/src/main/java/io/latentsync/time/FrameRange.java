package io.latentsync.time;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Consecutive frames that one task works on: of the source video when it is analysed, of the dubbed
 * video (then called a segment) when it is rendered.
 *
 * @param first 0-based index of the first frame
 * @param frames number of frames, at least 1
 */
public record FrameRange(int first, int frames) implements Serializable {

  /**
   * Cuts a video into ranges. The cuts are a function of these two numbers, so that the output does
   * not depend on the cluster.
   *
   * @param videoFrames frames of the whole video
   * @param rangeFrames frames of each range except the last
   */
  public static List<FrameRange> cut(int videoFrames, int rangeFrames) {
    return IntStream.iterate(0, first -> first < videoFrames, first -> first + rangeFrames)
        .mapToObj(first -> new FrameRange(first, Math.min(rangeFrames, videoFrames - first)))
        .toList();
  }

  /** The first frame after the range. */
  public int end() {
    return first + frames;
  }

  /** The longest ranges of frames with a property, in order. */
  public static List<FrameRange> where(int videoFrames, IntPredicate property) {
    List<FrameRange> ranges = new ArrayList<>();
    int first = 0;
    for (int frame = 0; frame <= videoFrames; frame++) {
      if (frame == videoFrames || !property.test(frame)) {
        if (frame > first) {
          ranges.add(new FrameRange(first, frame - first));
        }
        first = frame + 1;
      }
    }
    return List.copyOf(ranges);
  }
}
