package io.latentsync.job;

import io.latentsync.model.PlayOrder;
import io.latentsync.model.SyncMeasure;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a run did, for the user to read at its end.
 *
 * @param request what was asked for
 * @param playOrder its frames and the source's
 * @param frameRate of both
 * @param times how long each stage took, in order; without the analysis if another request had it
 *     made
 * @param segments what each segment took
 * @param faces whose face was dubbed and what found it
 * @param sync how well the lips follow the speech; empty if this build cannot measure that
 * @param fingerprint of all that determines the output
 * @param outputState what tells the output as it was written from another file of its name
 */
record Summary(
    DubRequest request,
    PlayOrder playOrder,
    FrameRate frameRate,
    Map<Stage, Duration> times,
    List<SegmentMetrics> segments,
    FaceReport faces,
    Optional<SyncReport> sync,
    String fingerprint,
    String outputState) {
  private static final double MIB = 1 << 20;

  /** Several lines of text. */
  String text() {
    int synthesised = synthesisedFrames();
    long peak = segments.stream().mapToLong(SegmentMetrics::getPeakBytes).max().orElse(0);
    StringBuilder text = new StringBuilder();
    line(text, "output", request.output().toString());
    line(
        text,
        "frames",
        "%d (%.2f s at %s fps): %d with a new mouth, %d passed through"
            .formatted(
                playOrder.frames(),
                frameRate.seconds(playOrder.frames()),
                frameRate,
                synthesised,
                playOrder.frames() - synthesised));
    line(text, "face", faces.text());
    line(
        text,
        "sync",
        sync.map(SyncReport::text)
            .orElse("not measured: this build has no face mesh; install npm and build again"));
    if (segments.size() > 1) {
      sync.ifPresent(report -> report.segmentLines().forEach(row -> line(text, "", row)));
    }
    line(text, "cache", cacheText());
    line(text, "seed", String.valueOf(request.rendering().seed()));
    times.forEach((stage, time) -> line(text, stage.label(), seconds(time)));
    line(text, "total", "%s, %.2f frames/s".formatted(seconds(total()), framesPerSecond()));
    line(text, "peak memory", "%.0f MiB".formatted(peak / MIB));
    return text.toString();
  }

  /** One line, for a batch. */
  String line() {
    return String.format(
        Locale.ROOT,
        "%s: done: %d frames in %s (%.2f frames/s), sync %s",
        request.id(),
        playOrder.frames(),
        seconds(total()),
        framesPerSecond(),
        sync.flatMap(SyncReport::video).map(SyncReport::text).orElse("not measured"));
  }

  /** Frames with a new mouth; the others were passed through. */
  int synthesisedFrames() {
    return segments.stream().mapToInt(SegmentMetrics::getSynthesisedFrames).sum();
  }

  /** Frames of the dubbed video by the time of all stages. */
  double framesPerSecond() {
    return playOrder.frames() / toSeconds(total());
  }

  private Duration total() {
    return times.values().stream().reduce(Duration.ZERO, Duration::plus);
  }

  /** How much did not have to be computed again. */
  private String cacheText() {
    int asked = segments.stream().mapToInt(SegmentMetrics::getLatentsAsked).sum();
    int found = segments.stream().mapToInt(SegmentMetrics::getLatentsFound).sum();
    return "%d of %d latents (%.0f %%) and %d of %d windows of the speech were known already"
        .formatted(
            found,
            asked,
            100.0 * found / Math.max(1, asked),
            segments.stream().mapToInt(SegmentMetrics::getWindowsFound).sum(),
            segments.stream().mapToInt(SegmentMetrics::getWindowsAsked).sum());
  }

  /**
   * How well the measured mouths go with the true ones of a synthetic speech.
   *
   * @param truth the opening of the mouth at each frame of the speech, 0…1, at 25 fps
   */
  String truthText(float[] truth) {
    StringBuilder text = new StringBuilder();
    if (!frameRate.equals(FrameRate.REFERENCE)) {
      line(text, "truth", "not compared: it is known at 25 fps, not at " + frameRate);
      return text.toString();
    }
    float[] openings = SyncReport.openings(segments, playOrder.frames());
    line(
        text,
        "truth",
        SyncMeasure.of(openings, truth, 0, truth.length)
            .map(SyncReport::text)
            .orElse("no value: the mouth was not measured or never moves"));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-12s %s%n", name, value));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", toSeconds(time));
  }

  private static double toSeconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
