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
   * @param report path of the report; null if there is none
   */
  record RunEnd(
      String event,
      String time,
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
