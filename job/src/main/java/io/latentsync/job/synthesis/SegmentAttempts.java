package io.latentsync.job.synthesis;

import io.latentsync.job.request.SyncOptions;
import io.latentsync.time.FrameRange;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A segment with its attempts.
 *
 * @param all the first attempt, then those with other guidance
 * @param kept the attempt in the output
 */
public record SegmentAttempts(List<ScoredAttempt> all, ScoredAttempt kept) {

  /** A segment with one attempt. */
  public SegmentAttempts(ScoredAttempt first) {
    this(List.of(first), first);
  }

  FrameRange range() {
    return kept.attempt().segment();
  }

  public boolean retried() {
    return all.size() > 1;
  }

  /** Adds an attempt, which is kept if it has a larger score. */
  SegmentAttempts with(ScoredAttempt attempt, SyncOptions options) {
    OptionalDouble before = kept.value(options);
    OptionalDouble now = attempt.value(options);
    boolean better =
        now.isPresent() && (before.isEmpty() || now.getAsDouble() > before.getAsDouble());
    return new SegmentAttempts(
        Stream.concat(all.stream(), Stream.of(attempt)).toList(), better ? attempt : kept);
  }

  /** Whether the kept attempt's score is below the minimum. */
  public boolean below(SyncOptions options) {
    return options.below(kept.value(options));
  }

  /** The increase of the score by further attempts; 0 if the first attempt was kept. */
  public double gain(SyncOptions options) {
    return retried() ? kept.value(options).orElse(0) - all.get(0).value(options).orElse(0) : 0;
  }

  /** Frames, attempts and their scores in one line. */
  public String text(SyncOptions options) {
    StringBuilder text = new StringBuilder();
    text.append(
        "frames %d to %d: ".formatted(range().first(), range().first() + range().frames() - 1));
    for (ScoredAttempt attempt : all) {
      OptionalDouble value = attempt.value(options);
      text.append(attempt.attempt().again() ? ", " : "")
          .append(
              value.isPresent()
                  ? String.format(Locale.ROOT, "%.2f", value.getAsDouble())
                  : "no value");
      if (retried()) {
        text.append(" at guidance ").append(attempt.attempt().guidance());
        text.append(attempt.attempt().equals(kept.attempt()) ? " (kept)" : "");
      }
    }
    if (retried()) {
      text.append(String.format(Locale.ROOT, ", gain %.2f", gain(options)));
    }
    return text.append(below(options) ? ", below" : "").toString();
  }
}
