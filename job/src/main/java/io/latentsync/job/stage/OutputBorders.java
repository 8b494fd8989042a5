package io.latentsync.job.stage;

import io.latentsync.model.validate.BorderSteps.Kind;
import io.latentsync.time.FrameRange;
import io.latentsync.timeline.FrameSchedule;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The borders of a dubbed video, each as the frame that follows it. */
public final class OutputBorders {
  private OutputBorders() {}

  /**
   * The borders by kind. Chunks, segments and shots count where both sides have new lips. A border
   * belongs to one kind: a cut is a shot's, a segment's is not a chunk's.
   *
   * @param newLips frames with new lips
   */
  public static Map<Kind, BitSet> of(Plan plan, BitSet newLips) {
    return of(plan.segments(), plan.schedule(), plan.chunkFrames(), newLips);
  }

  /**
   * The same from separate facts.
   *
   * @param chunkFrames frames of a whole chunk
   */
  public static Map<Kind, BitSet> of(
      List<FrameRange> segments, FrameSchedule schedule, int chunkFrames, BitSet newLips) {
    Map<Kind, BitSet> borders = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      borders.put(kind, new BitSet());
    }
    for (FrameRange segment : segments) {
      int end = segment.first() + segment.frames();
      int length;
      for (int frame = segment.first(); frame < end; frame += length) {
        length = schedule.chunk(frame, end, chunkFrames);
        if (frame > 0 && newLips.get(frame) && newLips.get(frame - 1)) {
          Kind kind = frame == segment.first() ? Kind.SEGMENT : Kind.CHUNK;
          borders.get(schedule.startsShot(frame) ? Kind.SHOT : kind).set(frame);
        }
      }
    }
    for (int frame = 1; frame < schedule.frames(); frame++) {
      if (newLips.get(frame) != newLips.get(frame - 1)) {
        borders.get(Kind.RANGE).set(frame);
      }
    }
    return borders;
  }
}
