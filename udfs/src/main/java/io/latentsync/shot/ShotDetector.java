package io.latentsync.shot;

import io.latentsync.time.FrameRate;
import java.util.List;
import java.util.NavigableSet;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Finds the cuts of a video by the distances of its frames' {@link LumaBlocks}.
 *
 * <p>Hard cuts, after B.-L. Yeo and B. Liu, "Rapid scene analysis on compressed video", IEEE
 * Transactions on Circuits and Systems for Video Technology 5 (6), 1995: the distance of two
 * consecutive frames is the largest within a quarter of a second on both sides, and three times the
 * second largest. A second peak may be up to three frames away: then the frames between are a flash
 * or a blend of both shots, and it is a cut only if the frames before and after them differ.
 *
 * <p>Dissolves and fades: two frames that are a quarter to a whole second apart differ much, and
 * the frame in the middle is their average. This is the production model of such transitions (A.
 * Hampapur, R. Jain and T. Weymouth, "Production model based digital video segmentation", 1995);
 * motion does not give averages. The cut is in the middle of the transition. A fade to black and
 * the fade after it are one transition if they are at most half a second apart.
 */
final class ShotDetector {
  /** Smallest distance across a hard cut, in luma levels. */
  private static final double HARD = 6;

  /** Smallest ratio of a hard cut's distance to others nearby; Yeo and Liu use 2 to 3. */
  private static final double RATIO = 3;

  /** Most frames of a flash, and of a blend at a cut. */
  private static final int FLASH = 3;

  /** Smallest distance across a gradual transition, in luma levels. */
  private static final double GRADUAL = 20;

  /** Largest distance of its middle from the average of its ends, as a share of their distance. */
  private static final double LARGEST_DEVIATION = 0.2;

  private final List<LumaBlocks> frames;
  private final int near;

  /** Half lengths of gradual transitions in frames, the longest first. */
  private final int[] halves;

  /** The distance of each frame from the one before it; 0 for the first. */
  private final double[] steps;

  /**
   * A video.
   *
   * @param frames all frames in order
   */
  ShotDetector(List<LumaBlocks> frames, FrameRate rate) {
    this.frames = frames;
    this.near = Math.max(FLASH + 1, rate.framesIn(250));
    this.halves =
        IntStream.of(500, 250, 125).map(time -> Math.max(2, rate.framesIn(time))).toArray();
    this.steps = steps(frames);
  }

  /** The distance of each frame from the one before it; 0 for the first. */
  static double[] steps(List<LumaBlocks> frames) {
    return IntStream.range(0, frames.size())
        .mapToDouble(i -> i == 0 ? 0 : frames.get(i).distance(frames.get(i - 1)))
        .toArray();
  }

  /** The first frame of each shot except the first, ascending. */
  List<Integer> cuts() {
    NavigableSet<Integer> hard = new TreeSet<>();
    for (int frame = 1; frame < steps.length; frame++) {
      hardCut(frame).ifPresent(hard::add);
    }
    NavigableSet<Integer> cuts = new TreeSet<>(hard);
    int first = 0;
    int last = -1;
    for (int frame = 0; frame < steps.length; frame++) {
      if (isGradual(frame, hard)) {
        if (last >= 0 && frame - last > halves[0]) {
          cuts.add((first + last + 1) / 2);
          last = -1;
        }
        first = last < 0 ? frame : first;
        last = frame;
      }
    }
    if (last >= 0) {
      cuts.add((first + last + 1) / 2);
    }
    return List.copyOf(cuts);
  }

  /**
   * The hard cut with its largest distance at a frame.
   *
   * @return the first frame after it
   */
  private OptionalInt hardCut(int peak) {
    if (steps[peak] < HARD) {
      return OptionalInt.empty();
    }
    int second = 0;
    double others = 0;
    for (int i = Math.max(1, peak - near); i <= Math.min(steps.length - 1, peak + near); i++) {
      if (i == peak) {
        continue;
      }
      if (steps[i] > steps[peak] || (steps[i] == steps[peak] && i < peak)) {
        return OptionalInt.empty();
      }
      if (RATIO * steps[i] < steps[peak]) {
        others = Math.max(others, steps[i]);
      } else if (second == 0 && Math.abs(i - peak) <= FLASH) {
        second = i;
      } else {
        return OptionalInt.empty();
      }
    }
    if (second == 0) {
      return OptionalInt.of(peak);
    }
    int last = Math.max(peak, second);
    double change = frames.get(last).distance(frames.get(Math.min(peak, second) - 1));
    return change >= Math.max(HARD, RATIO * others) ? OptionalInt.of(last) : OptionalInt.empty();
  }

  /** Whether a gradual transition has its middle at or near a frame. */
  private boolean isGradual(int middle, NavigableSet<Integer> hard) {
    for (int half : halves) {
      int first = middle - half;
      int last = middle + half;
      if (first >= 0 && last < steps.length && hard.subSet(first, false, last, true).isEmpty()) {
        LumaBlocks before = frames.get(first);
        LumaBlocks after = frames.get(last);
        double change = before.distance(after);
        if (change >= GRADUAL
            && frames.get(middle).distanceFromMiddle(before, after) <= LARGEST_DEVIATION * change) {
          return true;
        }
      }
    }
    return false;
  }
}
