package io.latentsync.model.sync;

import com.google.common.primitives.Floats;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How well the mouths of a dubbed video follow its speech, after removal of changes that are slower
 * than syllables.
 *
 * @param frames of the whole video
 * @param mouths number of frames with a measured mouth
 * @param video the whole video's measure; empty if there are too few values or the mouth does not
 *     move
 * @param segments its segments that have a measure
 */
public record SyncReport(
    int frames, int mouths, Optional<SyncMeasure> video, List<Segment> segments) {

  private static final int MOST_LINES = 20;

  /** One segment's measure. */
  record Segment(FrameRange range, SyncMeasure measure) {}

  /**
   * Compares rendered mouths with the speech.
   *
   * @param rendered all segments of the video, in any order
   * @param face index of the dubbed face
   * @param speechEnvelope the envelope of the face's speech at each frame of the video
   * @param rate of the frames
   * @return the report; empty if the rendering build has no face mesh
   */
  public static Optional<SyncReport> of(
      List<SegmentMetrics> rendered, int face, float[] speechEnvelope, FrameRate rate) {
    if (rendered.stream().allMatch(segment -> segment.getOpenings().isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        of(
            openings(rendered, face, speechEnvelope.length),
            speechEnvelope,
            rendered.stream()
                .map(segment -> new FrameRange(segment.getFirstFrame(), segment.getFrames()))
                .toList(),
            rate));
  }

  /**
   * Compares the mouths with the speech.
   *
   * @param opening mouth opening in each frame of the video, NaN where no mouth was found
   * @param speechEnvelope the speech's envelope at each of the frames
   * @param ranges parts of the video to measure one by one
   * @param rate of the frames
   */
  public static SyncReport of(
      float[] opening, float[] speechEnvelope, List<FrameRange> ranges, FrameRate rate) {
    int mouths = 0;
    for (float value : opening) {
      mouths += Float.isNaN(value) ? 0 : 1;
    }
    float[] speech = SyncMeasure.withoutDrift(speechEnvelope, rate);
    List<Segment> segments = new ArrayList<>();
    for (FrameRange range : ranges) {
      int end = range.first() + range.frames();
      measure(Arrays.copyOfRange(opening, range.first(), end), speech, range.first(), rate)
          .ifPresent(measure -> segments.add(new Segment(range, measure)));
    }
    return new SyncReport(
        opening.length,
        mouths,
        SyncMeasure.of(SyncMeasure.withoutDrift(opening, rate), speech, 0, rate),
        segments);
  }

  /**
   * The measure of one rendered segment, independent of its neighbours.
   *
   * @param face index of the dubbed face
   * @param speech the envelope of the whole speech of the face, without drift
   * @param rate of the frames
   */
  public static Optional<SyncMeasure> measure(
      SegmentMetrics rendered, int face, float[] speech, FrameRate rate) {
    return measure(
        Floats.toArray(openings(rendered, face)), speech, rendered.getFirstFrame(), rate);
  }

  /** The openings of a face's mouth in a segment; empty if the rendering build has no face mesh. */
  private static List<Float> openings(SegmentMetrics rendered, int face) {
    List<Float> all = rendered.getOpenings();
    int frames = rendered.getFrames();
    return all.isEmpty() ? all : all.subList(face * frames, (face + 1) * frames);
  }

  private static Optional<SyncMeasure> measure(
      float[] opening, float[] speech, int first, FrameRate rate) {
    return SyncMeasure.of(SyncMeasure.withoutDrift(opening, rate), speech, first, rate);
  }

  /**
   * The measured mouth opening at each frame of a video; NaN where there is none.
   *
   * @param rendered all segments of the video, in any order
   * @param face index of the dubbed face
   */
  public static float[] openings(List<SegmentMetrics> rendered, int face, int frames) {
    float[] openings = new float[frames];
    Arrays.fill(openings, Float.NaN);
    for (SegmentMetrics segment : rendered) {
      int frame = segment.getFirstFrame();
      for (float value : openings(segment, face)) {
        openings[frame++] = value;
      }
    }
    return openings;
  }

  /**
   * The segment with the lowest correlation at lag 0. Lag 0 counts because viewers see the video
   * without a shift.
   */
  Optional<Segment> worst() {
    return segments.stream()
        .min(Comparator.comparing(segment -> segment.measure().correlationInPlace()));
  }

  /** The measure of the segment that begins at a frame, if it has one. */
  public Optional<SyncMeasure> measure(int firstFrame) {
    return segments.stream()
        .filter(segment -> segment.range().first() == firstFrame)
        .map(Segment::measure)
        .findFirst();
  }

  /** A summary in one line. */
  public String text() {
    String whole =
        video
            .map(SyncReport::text)
            .orElse(
                "no value: too few frames with a mouth, or the mouth or the speech never moves");
    String missing = "%d of %d frames without a mouth".formatted(frames - mouths, frames);
    String worst =
        worst()
            .filter(segment -> segment.range().frames() < frames)
            .map(SyncReport::text)
            .orElse("");
    return whole + ", " + missing + worst;
  }

  /**
   * A line for each segment, in order; if there are more than {@value #MOST_LINES}, only the worst.
   */
  public List<String> segmentLines() {
    return segments.stream()
        .sorted(Comparator.comparing(segment -> segment.measure().correlationInPlace()))
        .limit(MOST_LINES)
        .sorted(Comparator.comparing(segment -> segment.range().first()))
        .map(segment -> "frames " + range(segment) + ": " + text(segment.measure()))
        .toList();
  }

  private static String range(Segment segment) {
    int first = segment.range().first();
    return "%d to %d".formatted(first, first + segment.range().frames() - 1);
  }

  private static String text(Segment segment) {
    return "; worst segment (frames %s): %s".formatted(range(segment), text(segment.measure()));
  }

  /** The correlation without a shift, and the best lag if it is significant. */
  public static String text(SyncMeasure measure) {
    return text(
        measure.correlationInPlace(), measure.correlation(), measure.lag(), measure.significant());
  }

  /** The same, from separate numbers. */
  public static String text(
      double correlationInPlace, double correlation, int lag, boolean significant) {
    String best =
        significant
            ? String.format(Locale.ROOT, "%.2f at lag %+d", correlation, lag)
            : lag == 0 ? "the best lag" : "no other lag is significant";
    return String.format(Locale.ROOT, "r %.2f at lag 0 (%s)", correlationInPlace, best);
  }

  /** SyncNet's score in a few words. */
  public static String text(SyncNetScore score) {
    return String.format(
        Locale.ROOT,
        "Sync-C %.2f, Sync-D %.2f, offset %+d, lowest confidence of a frame %.2f",
        score.confidence(),
        score.distance(),
        score.offset(),
        score.lowestConfidence());
  }
}
