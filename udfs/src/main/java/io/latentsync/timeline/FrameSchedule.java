package io.latentsync.timeline;

import io.latentsync.shot.LumaBlocks;
import io.latentsync.shot.Shots;
import io.latentsync.shot.TurningPoints;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Maps each frame of the dubbed video to a source frame. Both have the same frame rate.
 *
 * @param sourceFrames frames of the source video, at least 1
 * @param speechFrames length of the speech in frames, at least 1
 * @param policy policy for different lengths
 * @param shots shots of the source video; one before its analysis
 * @param bounced source frames between whose ends a video that is too short is played forward and
 *     backward; all before the analysis. The first pass begins with frame 0.
 */
public record FrameSchedule(
    int sourceFrames, int speechFrames, LengthPolicy policy, Shots shots, FrameRange bounced)
    implements Serializable {

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if a count is below 1
   */
  public FrameSchedule {
    if (sourceFrames < 1 || speechFrames < 1) {
      throw new IllegalArgumentException(
          "a schedule needs at least one frame: got %d source frames for %d frames"
              .formatted(sourceFrames, speechFrames));
    }
  }

  /** A schedule before the analysis of the source video. */
  public FrameSchedule(int sourceFrames, int speechFrames, LengthPolicy policy) {
    this(sourceFrames, speechFrames, policy, Shots.ONE, new FrameRange(0, sourceFrames));
  }

  /** A schedule with the reference implementation's policy, {@link LengthPolicy#BOUNCE}. */
  public FrameSchedule(int sourceFrames, int speechFrames) {
    this(sourceFrames, speechFrames, LengthPolicy.BOUNCE);
  }

  /** The number of frames of the dubbed video. */
  public int frames() {
    return switch (policy) {
      case BOUNCE, LOOP, HOLD, REMAP -> speechFrames;
      case CUT_OFF -> Math.min(sourceFrames, speechFrames);
      case SILENCE -> Math.max(sourceFrames, speechFrames);
    };
  }

  /** The source frame (0-based) shown at a frame (0-based) of the dubbed video. */
  public int source(int frame) {
    return switch (policy) {
      case BOUNCE, CUT_OFF, SILENCE -> {
        if (frame < bounced.end()) {
          yield frame;
        }
        int after = frame - bounced.end();
        int position = after % bounced.frames();
        boolean backward = after / bounced.frames() % 2 == 0;
        yield backward ? bounced.end() - 1 - position : bounced.first() + position;
      }
      case LOOP -> frame % sourceFrames;
      case HOLD -> Math.min(frame, sourceFrames - 1);
      // The source frame at the time of the frame's centre.
      case REMAP -> (int) ((2L * frame + 1) * sourceFrames / (2L * speechFrames));
    };
  }

  /** The number of source frames from the first one to the last one that is shown. */
  public int framesUsed() {
    return policy == LengthPolicy.REMAP ? sourceFrames : Math.min(bounced.end(), frames());
  }

  /** The playback speed of the source video; 1 is unchanged. */
  public double speed() {
    return policy == LengthPolicy.REMAP ? (double) sourceFrames / speechFrames : 1;
  }

  /**
   * The schedule after the analysis of the source video.
   *
   * @param luma of the {@link #framesUsed} frames
   * @param rate of the frames
   */
  public FrameSchedule analysed(List<LumaBlocks> luma, FrameRate rate) {
    return new FrameSchedule(
        sourceFrames,
        speechFrames,
        policy,
        Shots.of(luma, rate),
        bounces() ? TurningPoints.of(luma, rate) : bounced);
  }

  private boolean bounces() {
    return (policy == LengthPolicy.BOUNCE || policy == LengthPolicy.SILENCE)
        && frames() > sourceFrames;
  }

  /**
   * The first and the last source frame between which a video that is too short is played forward
   * and backward; empty if it is not too short or another policy applies.
   */
  public List<Integer> turns() {
    return bounces() ? List.of(bounced.first(), bounced.end() - 1) : List.of();
  }

  /**
   * The schedule of an earlier run.
   *
   * @param cuts its {@link Shots#cuts}
   * @param turns its {@link #turns}
   */
  public FrameSchedule recorded(List<Integer> cuts, List<Integer> turns) {
    return new FrameSchedule(
        sourceFrames,
        speechFrames,
        policy,
        new Shots(cuts),
        turns.isEmpty() ? bounced : new FrameRange(turns.get(0), turns.get(1) - turns.get(0) + 1));
  }

  /** Whether a frame of the dubbed video shows another shot than the frame before it. */
  public boolean startsShot(int frame) {
    return frame > 0 && shots.shot(source(frame)) != shots.shot(source(frame - 1));
  }

  /**
   * The length of the chunk that begins with a frame. A chunk ends before a cut.
   *
   * @param end first frame after the last possible one
   * @param chunkFrames frames of a whole chunk
   */
  public int chunk(int first, int end, int chunkFrames) {
    int length = 1;
    while (length < chunkFrames && first + length < end && !startsShot(first + length)) {
      length++;
    }
    return length;
  }

  /**
   * The segments of the dubbed video.
   *
   * @param chunkFrames frames of a whole chunk
   * @param segmentFrames most frames of a segment, at least those of a chunk
   */
  public List<FrameRange> segments(int chunkFrames, int segmentFrames) {
    List<FrameRange> segments = new ArrayList<>();
    int first = 0;
    int next = 0;
    while (next < frames()) {
      int chunk = chunk(next, frames(), chunkFrames);
      if (next + chunk - first > segmentFrames) {
        segments.add(new FrameRange(first, next - first));
        first = next;
      }
      next += chunk;
    }
    segments.add(new FrameRange(first, next - first));
    return segments;
  }

  /** The same schedule for a video with another number of frames. */
  public FrameSchedule withSourceFrames(int count) {
    return new FrameSchedule(count, speechFrames, policy);
  }
}
