package io.latentsync.job.cli.progress;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A line of JSON for schedulers. Null values are omitted. docs/features.md describes the fields.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public sealed interface JsonLine {

  /** The kind of the line. */
  @JsonProperty
  String event();

  /** The line in ASCII. */
  default String text() {
    try {
      return Format.JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A value rounded to two decimals. */
  static BigDecimal rounded(double value) {
    return BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP);
  }

  /** A value rounded to two decimals; null if empty. */
  static BigDecimal rounded(OptionalDouble value) {
    return value.isPresent() ? rounded(value.getAsDouble()) : null;
  }

  /** The progress of a stage. */
  record Progress(
      String event,
      String time,
      String stage,
      long done,
      long total,
      String unit,
      BigDecimal seconds,
      BigDecimal perSecond,
      BigDecimal secondsLeft)
      implements JsonLine {

    static Progress of(WorkState state) {
      return new Progress(
          "progress",
          now(),
          state.name(),
          state.done(),
          state.size(),
          state.unit(),
          rounded(state.seconds()),
          rounded(state.perSecond()),
          rounded(state.secondsLeft()));
    }
  }

  /**
   * The end of a request.
   *
   * @param state {@code done}, {@code kept}, {@code failed}, {@code interrupted} or {@code skipped}
   * @param seconds time of its stages; null if it has not started
   * @param queuedSeconds time in which it waited for cores and other requests; null if it has not
   *     started
   * @param reason reason of a failure; else null
   * @param ended number of requests that have ended
   * @param requests number of all requests
   * @param secondsLeft estimated remaining time of the run; null if not known
   */
  record RequestEnd(
      String event,
      String time,
      String id,
      String state,
      String output,
      Integer frames,
      BigDecimal framesPerSecond,
      BigDecimal seconds,
      BigDecimal queuedSeconds,
      String reason,
      int ended,
      int requests,
      BigDecimal secondsLeft)
      implements JsonLine {}

  /**
   * The last line of a run: the number of its requests by state.
   *
   * @param manifest path of the manifest if the command has several; else null
   * @param report path of the report; null if there is none
   */
  record RunEnd(
      String event,
      String time,
      String manifest,
      int requests,
      int done,
      int kept,
      int failed,
      int interrupted,
      int skipped,
      BigDecimal seconds,
      int exitCode,
      String report)
      implements JsonLine {}

  /**
   * The last line of a command for several manifests.
   *
   * @param manifests their number
   * @param started those of them that were run or refused; an interrupted command starts no more
   * @param finishedBefore those of them whose requests earlier runs have finished
   */
  record ManifestsEnd(
      String event, String time, int manifests, int started, int finishedBefore, int exitCode)
      implements JsonLine {}

  /**
   * A manifest of several whose run has ended before its first request.
   *
   * @param reason in one line, or a line for each problem
   */
  record ManifestRefused(String event, String time, String manifest, String reason, int exitCode)
      implements JsonLine {}

  /**
   * What a request would be: a line of a dry run.
   *
   * @param state {@code possible}, {@code kept} (done before) or {@code impossible}
   * @param facesLookedAt number of sampled source frames
   * @param facesFound of these, frames with a face
   * @param newLips share of frames that get new lips, 0…1, estimated
   * @param seconds of the synthesis on all executors
   * @param memoryBytes of an executor, with the networks on a CPU, or without the GPU's
   * @param speakers of a request with an edit; else null
   * @param reason why it is impossible
   */
  record RequestPlan(
      String event,
      String time,
      String id,
      String state,
      String output,
      Integer frames,
      BigDecimal videoSeconds,
      Integer segments,
      Integer shots,
      Integer facesLookedAt,
      Integer facesFound,
      BigDecimal newLips,
      BigDecimal seconds,
      Long memoryBytes,
      String codec,
      Integer bits,
      List<SpeakerPlan> speakers,
      List<String> notes,
      String reason)
      implements JsonLine {}

  /**
   * A speaker in a {@link RequestPlan}.
   *
   * @param newLips share of the frames in which the speaker gets new lips if the face is visible
   */
  record SpeakerPlan(String name, BigDecimal newLips) {}

  /**
   * The last line of a dry run.
   *
   * @param manifest as in {@link RunEnd}
   * @param gpus that compute; 0 if CPUs do
   * @param seconds of the synthesis of all requests
   * @param memoryBytes of an executor, with the networks on a CPU, or without the GPU's
   * @param gpuMemoryBytes of a GPU for one task; null if CPUs compute
   * @param longest id of the request that takes longest
   */
  record DryRunEnd(
      String event,
      String time,
      String manifest,
      int requests,
      int possible,
      int kept,
      int impossible,
      long frames,
      BigDecimal videoSeconds,
      int segments,
      int executors,
      int tasks,
      int gpus,
      BigDecimal seconds,
      Long memoryBytes,
      Long gpuMemoryBytes,
      String longest,
      BigDecimal longestSeconds,
      int exitCode)
      implements JsonLine {}

  /** The time of a line. */
  static String now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /** The format of the lines. */
  final class Format {
    private static final JsonMapper JSON =
        JsonMapper.builder()
            // Names may contain characters that control a terminal or reorder text.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private Format() {}
  }
}
