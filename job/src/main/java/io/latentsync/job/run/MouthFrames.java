package io.latentsync.job.run;

import java.util.ArrayList;
import java.util.List;

/**
 * The frames of a dubbed video that show best how the mouth moves: of each half, the one with the
 * mouth most open and the one with the mouth least open.
 *
 * @param open 0-based, ascending
 * @param closed 0-based, ascending
 */
record MouthFrames(List<Integer> open, List<Integer> closed) {
  private static final int PARTS = 2;

  /**
   * Chooses the frames. A part in which the mouth does not move has none.
   *
   * @param openings of the mouth at each frame; NaN where it is not measured
   */
  static MouthFrames of(float[] openings) {
    List<Integer> open = new ArrayList<>();
    List<Integer> closed = new ArrayList<>();
    for (int part = 0; part < PARTS; part++) {
      int most = -1;
      int least = -1;
      int end = openings.length * (part + 1) / PARTS;
      for (int frame = openings.length * part / PARTS; frame < end; frame++) {
        if (!Float.isNaN(openings[frame])) {
          most = most < 0 || openings[frame] > openings[most] ? frame : most;
          least = least < 0 || openings[frame] < openings[least] ? frame : least;
        }
      }
      if (most != least) {
        open.add(most);
        closed.add(least);
      }
    }
    return new MouthFrames(open, closed);
  }
}
