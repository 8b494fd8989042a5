package io.latentsync.job.result;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.synthesis.ScoredAttempt;
import io.latentsync.job.synthesis.SegmentAttempts;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.model.validate.Validation;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.text.Printable;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The summary of a dubbed request, shown to the user.
 *
 * @param request the request
 * @param schedule mapping of its frames to source frames
 * @param frameRate frame rate of the output and of the source frames
 * @param times times of the request in this run
 * @param warmUp total duration of the networks' warm-up, over all processes
 * @param segments attempts of each segment, in order
 * @param speakers the speakers, in order, at least one
 * @param validation measures of the finished output; empty if it was not validated
 * @param notes notes on converted or repaired inputs, one sentence each
 * @param fingerprint fingerprint of everything that determines the output
 * @param outputState name, length and time of the written output
 */
public record Summary(
    DubRequest request,
    FrameSchedule schedule,
    FrameRate frameRate,
    RequestTimes times,
    Duration warmUp,
    List<SegmentAttempts> segments,
    List<SpeakerReport> speakers,
    Optional<Validation> validation,
    List<String> notes,
    String fingerprint,
    String outputState) {
  private static final double MIB = 1 << 20;
  private static final int MOST_LINES = 20;

  /** The metrics of the attempts that are in the output. */
  public static List<SegmentMetrics> metrics(List<SegmentAttempts> segments) {
    return segments.stream().map(segment -> segment.kept().metrics()).toList();
  }

  /** SyncNet's score of the whole video; empty without SyncNet or if no face is visible. */
  Optional<SyncNetScore> score() {
    float[][] distances =
        segments.stream()
            .flatMap(segment -> Arrays.stream(segment.kept().distances()))
            .toArray(float[][]::new);
    return distances.length == 0 ? Optional.empty() : Optional.of(SyncNetScore.of(distances));
  }

  /** The summary as several lines. */
  public String text() {
    int synthesised = synthesisedFrames();
    long peak = all().stream().mapToLong(SegmentMetrics::getPeakBytes).max().orElse(0);
    StringBuilder text = new StringBuilder();
    line(text, "output", request.output().toString());
    line(
        text,
        "frames",
        "%d (%.2f s at %s fps): %d with a new mouth, %d passed through"
            .formatted(
                schedule.frames(),
                frameRate.seconds(schedule.frames()),
                frameRate,
                synthesised,
                schedule.frames() - synthesised));
    notes.forEach(note -> line(text, "note", note));
    if (!schedule.shots().cuts().isEmpty()) {
      line(text, "shots", schedule.shots().text(frameRate));
    }
    speakers.forEach(speaker -> line(text, "face", named(speaker, speaker.face().text())));
    for (SpeakerReport speaker : speakers) {
      line(
          text,
          "sync",
          named(
              speaker,
              speaker
                  .sync()
                  .map(SyncReport::text)
                  .orElse(
                      "not measured: this build has no face mesh; install npm and build again")));
      if (segments.size() > 1) {
        speaker
            .sync()
            .ifPresent(report -> report.segmentLines().forEach(row -> line(text, "", row)));
      }
    }
    if (request.sync().network().isPresent()) {
      line(
          text,
          "SyncNet",
          score()
              .map(SyncReport::text)
              .orElse("no value: no face is visible for more than two seconds"));
    }
    if (request.sync().hasMinimum()) {
      lines(text, "min sync", minimumText(), segment -> segment.below(request.sync()));
    }
    if (request.sync().changesOutput()) {
      lines(text, "retried", retriedText(), SegmentAttempts::retried);
    }
    if (reusedSegments() > 0) {
      line(text, "reused", reusedText() + " were rendered by an earlier run or attempt");
    }
    validation.ifPresent(
        measures -> {
          line(text, "validation", measures.text());
          measures.findings().forEach(finding -> line(text, "warning", finding));
        });
    line(text, "cache", cacheText());
    line(text, "seed", String.valueOf(request.rendering().seed()));
    times
        .stages()
        .forEach(
            (stage, time) ->
                line(
                    text,
                    stage.label(),
                    seconds(time) + (stage == Stage.SPEECH ? " longer than the analysis" : "")));
    if (!warmUp.isZero()) {
      line(text, "warm-up", seconds(warmUp) + " of the synthesis, once per process");
    }
    line(text, "total", "%s, %.2f frames/s".formatted(seconds(times.own()), framesPerSecond()));
    line(text, "queued", seconds(times.queued()) + ": waited for cores and the check of layers");
    line(text, "peak memory", "%.0f MiB".formatted(peak / MIB));
    return text.toString();
  }

  /** The summary as one line, for a batch. */
  public String line() {
    SyncOptions demand = request.sync();
    return String.format(
            Locale.ROOT,
            "%s: done: %d frames in %s (%.2f frames/s) after %s in the queue, sync %s",
            Printable.value(request.id()),
            schedule.frames(),
            seconds(times.own()),
            framesPerSecond(),
            seconds(times.queued()),
            sync().flatMap(SyncReport::video).map(SyncReport::text).orElse("not measured"))
        + score().map(score -> ", " + SyncReport.text(score)).orElse("")
        + (demand.hasMinimum() ? ", " + minimumText() : "")
        + (demand.changesOutput() ? ", rendered again: " + retriedText() : "")
        + (reusedSegments() > 0 ? ", " + reusedText() + " reused" : "")
        + validation.map(Summary::findings).orElse("");
  }

  /** Segments whose attempt in the output this run has not rendered. */
  private long reusedSegments() {
    return metrics(segments).stream().filter(SegmentMetrics::getReused).count();
  }

  private String reusedText() {
    return "%d of %d segments".formatted(reusedSegments(), segments.size());
  }

  private static String findings(Validation validation) {
    return validation.findings().isEmpty()
        ? ""
        : "; warning: " + String.join("; ", validation.findings());
  }

  private static String named(SpeakerReport speaker, String text) {
    return speaker.name().isEmpty() ? text : speaker.name() + ": " + text;
  }

  /**
   * The sync of lips and speech, of several speakers the lowest; empty if this build has no face
   * mesh.
   */
  Optional<SyncReport> sync() {
    return SpeakerReport.lowest(speakers);
  }

  private String minimumText() {
    SyncOptions demand = request.sync();
    long without = segments.stream().filter(s -> s.kept().value(demand).isEmpty()).count();
    return "%d of %d segments below %s"
            .formatted(
                segments.stream().filter(segment -> segment.below(demand)).count(),
                segments.size(),
                demand.text())
        + (without > 0 ? ", %d could not be measured".formatted(without) : "");
  }

  private String retriedText() {
    SyncOptions demand = request.sync();
    List<SegmentAttempts> retried = segments.stream().filter(SegmentAttempts::retried).toList();
    return String.format(
        Locale.ROOT,
        "%d of %d segments with other guidance scales, %d of them better, mean gain %.2f",
        retried.size(),
        segments.size(),
        retried.stream().filter(segment -> segment.kept().attempt().again()).count(),
        retried.stream().mapToDouble(segment -> segment.gain(demand)).average().orElse(0));
  }

  /** Adds a line, and one for each segment that meets a condition. */
  private void lines(
      StringBuilder text, String name, String value, Predicate<SegmentAttempts> condition) {
    line(text, name, value);
    List<SegmentAttempts> listed = segments.stream().filter(condition).toList();
    listed.stream()
        .limit(MOST_LINES)
        .forEach(segment -> line(text, "", segment.text(request.sync())));
    if (listed.size() > MOST_LINES) {
      line(text, "", "and %d more".formatted(listed.size() - MOST_LINES));
    }
  }

  /** The metrics of all attempts, including those that are not in the output. */
  private List<SegmentMetrics> all() {
    return segments.stream()
        .flatMap(segment -> segment.all().stream())
        .map(ScoredAttempt::metrics)
        .toList();
  }

  /** The number of re-synthesised frames. The others are passed through. */
  public int synthesisedFrames() {
    return metrics(segments).stream().mapToInt(SegmentMetrics::getSynthesisedFrames).sum();
  }

  /** The mouth opening of the first speaker in each frame; NaN if not measured. */
  public float[] openings() {
    return SyncReport.openings(metrics(segments), 0, schedule.frames());
  }

  /** The number of frames of the dubbed video per second of stage time. */
  public double framesPerSecond() {
    return schedule.frames() / toSeconds(times.own());
  }

  /** The cache hits. */
  private String cacheText() {
    List<SegmentMetrics> attempts = all();
    int requested = attempts.stream().mapToInt(SegmentMetrics::getLatentsAsked).sum();
    int found = attempts.stream().mapToInt(SegmentMetrics::getLatentsFound).sum();
    return "%d of %d latents (%.0f %%) and %d of %d windows of the speech were in the cache"
        .formatted(
            found,
            requested,
            100.0 * found / Math.max(1, requested),
            attempts.stream().mapToInt(SegmentMetrics::getWindowsFound).sum(),
            attempts.stream().mapToInt(SegmentMetrics::getWindowsAsked).sum());
  }

  /**
   * The correlation of the measured mouth openings with the true ones of a synthetic speech.
   *
   * @param truth true mouth opening at each frame of the speech, 0…1, at 25 fps
   */
  public String truthText(float[] truth) {
    StringBuilder text = new StringBuilder();
    if (!frameRate.equals(FrameRate.REFERENCE)) {
      line(text, "truth", "not compared: it is known only at 25 fps, not at " + frameRate);
      return text.toString();
    }
    line(
        text,
        "truth",
        SyncMeasure.of(openings(), truth, 0, truth.length)
            .map(SyncReport::text)
            .orElse("no value: the mouth was not measured or never moves"));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-12s %s%n", name, Printable.line(value)));
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", toSeconds(time));
  }

  private static double toSeconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
