package io.latentsync.job.result;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.synthesis.SegmentAttempts;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.model.validate.SilentLips;
import io.latentsync.model.validate.Validation;
import io.latentsync.record.BorderResult;
import io.latentsync.record.RequestResult;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.record.SegmentResult;
import io.latentsync.record.SpeakerResult;
import io.latentsync.record.StageSeconds;
import io.latentsync.record.SyncNetResult;
import io.latentsync.record.SyncResult;
import io.latentsync.record.TakeResult;
import io.latentsync.record.ValidationResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Converts outcomes to rows of the results. */
final class OutcomeRow {
  private OutcomeRow() {}

  /** The row of an outcome. */
  static RequestResult of(Outcome outcome) {
    if (outcome instanceof Outcome.Kept kept) {
      return kept.row();
    }
    DubRequest request = outcome.request();
    RequestResult.Builder row =
        RequestResult.newBuilder()
            .setId(request.id())
            .setVideo(request.video().name())
            .setAudio(request.audio().name())
            .setOutput(request.output().name())
            .setSeed(request.rendering().seed())
            .setSteps(request.rendering().sampling().steps())
            .setGuidance(request.rendering().sampling().guidanceScale())
            .setFps(request.rendering().timeline().fps().toString())
            .setSyncMode(request.rendering().timeline().length().toString())
            .setDeinterlace(request.rendering().deinterlacing().toString())
            .setStatus(outcome.status())
            .setSeconds(seconds(Map.of()));
    if (outcome instanceof Outcome.Done done) {
      Summary summary = done.summary();
      row.setFrames(summary.schedule().frames())
          .setCuts(summary.schedule().shots().cuts())
          .setTurns(summary.schedule().turns())
          .setFrameRate(summary.frameRate().perSecond())
          .setSynthesisedFrames(summary.synthesisedFrames())
          .setStillFrames(
              summary.speakers().stream().flatMap(speaker -> speaker.stills().stream()).toList())
          .setNotes(summary.notes())
          .setFingerprint(summary.fingerprint())
          .setOutputState(summary.outputState())
          .setSeconds(seconds(summary.times().stages()))
          .setQueuedSeconds(toSeconds(summary.times().queued()))
          .setFramesPerSecond(summary.framesPerSecond())
          .setSync(sync(summary.sync().flatMap(SyncReport::video)))
          .setSyncNet(syncNet(summary.score()))
          .setSpeakers(
              request.edit().speakers().isEmpty()
                  ? List.of()
                  : summary.speakers().stream().map(OutcomeRow::speaker).toList())
          .setValidation(summary.validation().map(OutcomeRow::validation).orElse(null))
          .setSegments(summary.segments().stream().map(s -> segment(s, request.sync())).toList());
      mark(row, request.sync());
    } else if (outcome instanceof Outcome.Failed failed) {
      row.setReason(FailureReason.of(failed.cause()).text())
          .setSeconds(seconds(failed.times().stages()))
          .setQueuedSeconds(toSeconds(failed.times().queued()));
    } else if (outcome instanceof Outcome.Interrupted interrupted) {
      row.setSeconds(seconds(interrupted.times().stages()))
          .setQueuedSeconds(toSeconds(interrupted.times().queued()));
    }
    return row.build();
  }

  private static SpeakerResult speaker(SpeakerReport speaker) {
    return new SpeakerResult(
        speaker.name(),
        speaker.speech(),
        speaker.face().number(),
        speaker.frames(),
        sync(speaker.sync().flatMap(SyncReport::video)));
  }

  private static SegmentResult segment(SegmentAttempts segment, SyncOptions sync) {
    SegmentMetrics metrics = segment.kept().metrics();
    List<TakeResult> attempts =
        segment.all().stream()
            .map(
                attempt -> {
                  OptionalDouble value = attempt.value(sync);
                  return new TakeResult(
                      attempt.attempt().guidance(),
                      value.isPresent() ? value.getAsDouble() : null,
                      attempt.attempt().equals(segment.kept().attempt()));
                })
            .toList();
    return SegmentResult.newBuilder()
        .setFirstFrame(metrics.getFirstFrame())
        .setFrames(metrics.getFrames())
        .setSeconds(metrics.getSeconds())
        .setAttempt(metrics.getAttempt())
        .setReused(metrics.getReused())
        .setSync(sync(segment.kept().sync()))
        .setSyncNet(syncNet(segment.kept().score()))
        .setTakes(segment.retried() ? attempts : List.of())
        .build();
  }

  /**
   * Marks the segments that are below the current minimum score. A row of an earlier run may have
   * another minimum.
   */
  static void mark(RequestResult.Builder row, SyncOptions sync) {
    row.setMinSync(sync.hasMinimum() ? sync.minSync() : null)
        .setMinSyncScale(sync.scale())
        .setSegments(
            row.getSegments().stream()
                .map(
                    segment ->
                        SegmentResult.newBuilder(segment)
                            .setBelowMinSync(sync.below(sync.value(segment)))
                            .build())
                .toList());
  }

  /** The sync result; null, as in the schema, if it was not measured. */
  private static SyncResult sync(Optional<SyncMeasure> measure) {
    return measure
        .map(m -> new SyncResult(m.lag(), m.correlation(), m.correlationInPlace(), m.significant()))
        .orElse(null);
  }

  private static SyncNetResult syncNet(Optional<SyncNetScore> score) {
    return score
        .map(
            s ->
                new SyncNetResult(
                    s.offset(),
                    s.confidence(),
                    s.distance(),
                    (double) s.lowestConfidence(),
                    s.frameConfidences().length))
        .orElse(null);
  }

  private static ValidationResult validation(Validation validation) {
    return ValidationResult.newBuilder()
        .setFindings(validation.findings())
        .setFrames(validation.frames())
        .setPsnr(finite(validation.psnr()))
        .setLowestPsnr(finite(validation.lowestPsnr()))
        .setBorders(
            validation.borders().stream()
                .map(
                    steps ->
                        new BorderResult(
                            steps.kind().toString(), steps.count(), steps.mean(), steps.largest()))
                .toList())
        .setSilentFrames(validation.silence().map(SilentLips::frames).orElse(0))
        .setSilentOpening(validation.silence().map(SilentLips::silent).orElse(null))
        .setSpeakingOpening(validation.silence().map(SilentLips::speaking).orElse(null))
        .build();
  }

  /** Null if it is not a number. */
  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static StageSeconds seconds(Map<Stage, Duration> times) {
    return new StageSeconds(
        seconds(times, Stage.PLAN),
        seconds(times, Stage.ANALYSE),
        seconds(times, Stage.SYNTHESISE),
        seconds(times, Stage.STITCH),
        seconds(times, Stage.SPEECH),
        seconds(times, Stage.VALIDATE));
  }

  private static Double seconds(Map<Stage, Duration> times, Stage stage) {
    return times.containsKey(stage) ? toSeconds(times.get(stage)) : null;
  }

  private static double toSeconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
