package io.latentsync.job.result;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.Person;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.synthesis.FollowedFace;
import io.latentsync.record.MouthState;
import io.latentsync.record.StillFrame;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Chooses the frames of a dubbed video that show the movement of a speaker's mouth best. */
final class StillFrames {
  private static final int PARTS = 2;

  /** Side of the square around a face, as a multiple of the distance between its eyebrows. */
  private static final double FACE_SIDE = 5;

  private StillFrames() {}

  /**
   * The stills of a speaker, in order of time: {@link #extremes}, or the middle one of the dubbed
   * frames if the mouth was not measured.
   *
   * @param openings opening of the speaker's new mouth in each frame of the dubbed video; NaN if
   *     not measured
   */
  static List<StillFrame> of(float[] openings, Person person, FollowedFace face, Plan plan) {
    int[] dubbed =
        IntStream.range(0, plan.schedule().frames())
            .filter(frame -> face.isDubbed(frame, plan))
            .filter(frame -> person.face(plan.schedule().source(frame)).isPresent())
            .toArray();
    float[] measured = new float[openings.length];
    Arrays.fill(measured, Float.NaN);
    for (int frame : dubbed) {
      measured[frame] = openings[frame];
    }
    SortedMap<Integer, MouthState> chosen = extremes(measured);
    if (chosen.isEmpty() && dubbed.length > 0) {
      chosen.put(dubbed[dubbed.length / 2], MouthState.unmeasured);
    }
    List<StillFrame> stills = new ArrayList<>();
    for (Map.Entry<Integer, MouthState> still : chosen.entrySet()) {
      FacePoints points =
          person
              .face(plan.schedule().source(still.getKey()))
              .map(DetectedFace::points)
              .orElseThrow();
      double eyebrows =
          Math.hypot(points.rightX() - points.leftX(), points.rightY() - points.leftY());
      int side = (int) Math.round(FACE_SIDE * eyebrows);
      stills.add(
          new StillFrame(
              face.speaker().name(),
              still.getKey(),
              still.getValue(),
              Math.round(points.noseX()) - side / 2,
              Math.round(points.noseY()) - side / 2,
              side));
    }
    return stills;
  }

  /**
   * The frames with the largest and the smallest mouth opening in each half of the video. A half in
   * which the mouth does not move has none.
   *
   * @param openings mouth opening of each frame; NaN if not measured
   */
  static SortedMap<Integer, MouthState> extremes(float[] openings) {
    SortedMap<Integer, MouthState> extremes = new TreeMap<>();
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
        extremes.put(most, MouthState.open);
        extremes.put(least, MouthState.closed);
      }
    }
    return extremes;
  }
}
