package io.latentsync.job.run;

import java.util.ArrayList;
import java.util.List;

/**
 * The frames of a dubbed video that show the movement of the mouth best: in each half of the video,
 * the frame with the largest mouth opening and the frame with the smallest.
 *
 * @param open 0-based, ascending
 * @param closed 0-based, ascending
 */
record MouthFrames(List<Integer> open, List<Integer> closed) {
  private static final int PARTS = 2;

  /**
   * Chooses the frames. A half in which the mouth does not move has none.
   *
   * @param openings mouth opening of each frame; NaN if not measured
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
