package io.latentsync.job.cli;

import com.google.common.base.Throwables;
import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.progress.JsonLine;
import io.latentsync.job.cli.progress.RunProgress;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.report.Report;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Summary;
import io.latentsync.job.storage.Location;
import io.latentsync.record.RequestStatus;
import io.latentsync.text.Printable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;

/**
 * Prints the outcome of each request when it ends, and of all requests at the end of the run, to
 * standard output. Calls must not overlap.
 */
final class OutcomePrinter {
  private final DubInputs inputs;
  private final RunProgress progress;
  private final int requests;
  private final boolean verbose;
  private final long start = System.nanoTime();
  private int ended;

  /**
   * A printer for one run.
   *
   * @param requests number of requests that the run does not skip
   * @param verbose whether to show the stack traces of failures
   */
  OutcomePrinter(DubInputs inputs, RunProgress progress, int requests, boolean verbose) {
    this.inputs = inputs;
    this.progress = progress;
    this.requests = requests;
    this.verbose = verbose;
  }

  /**
   * Prints the outcome of a request that has ended. The text for a single video follows at the end
   * of the run.
   */
  void ended(Outcome outcome) {
    ended++;
    if (progress.isJson()) {
      printJson(outcome);
    } else if (inputs instanceof DubInputs.Listed) {
      line(outcome)
          .ifPresent(
              line ->
                  System.out.println(
                      "%s; %d of %d ended%s".formatted(line, ended, requests, timeLeft())));
      if (verbose && outcome instanceof Outcome.Failed failed) {
        UserCommand.trace(failed.cause()).forEach(System.err::println);
      }
    }
  }

  private String timeLeft() {
    OptionalDouble left = progress.secondsLeft();
    return left.isPresent() && ended < requests
        ? ", about %s left".formatted(RunProgress.clock(left.getAsDouble()))
        : "";
  }

  /**
   * The line of an outcome. Empty for an interrupted request, because the run reports the
   * interruption once.
   */
  private static Optional<String> line(Outcome outcome) {
    String id = Printable.value(outcome.request().id());
    if (outcome instanceof Outcome.Done done) {
      return Optional.of(done.summary().line());
    }
    if (outcome instanceof Outcome.Kept kept) {
      return Optional.of("%s: done before: %s".formatted(id, kept.request().output()));
    }
    if (outcome instanceof Outcome.Failed failed) {
      return Optional.of("%s: failed: %s".formatted(id, FailureReason.of(failed.cause()).text()));
    }
    return Optional.empty();
  }

  /** Null if the request has not started. */
  private static BigDecimal seconds(Outcome outcome, Duration time) {
    return outcome.times().isEmpty() ? null : JsonLine.rounded(time.toMillis() / 1e3);
  }

  private void printJson(Outcome outcome) {
    Optional<Summary> summary =
        outcome instanceof Outcome.Done done ? Optional.of(done.summary()) : Optional.empty();
    System.out.println(
        new JsonLine.RequestEnd(
                "request",
                JsonLine.now(),
                outcome.request().id(),
                outcome.status().name(),
                outcome.request().output().name(),
                summary.map(made -> made.schedule().frames()).orElse(null),
                summary.map(made -> JsonLine.rounded(made.framesPerSecond())).orElse(null),
                seconds(outcome, outcome.times().own()),
                seconds(outcome, outcome.times().queued()),
                outcome instanceof Outcome.Failed failed
                    ? FailureReason.of(failed.cause()).text()
                    : null,
                ended,
                requests,
                JsonLine.rounded(progress.secondsLeft()))
            .text());
  }

  /**
   * Prints the end of the run.
   *
   * @param outcomes outcomes of all requests
   * @param report the folder of the report, if there is one
   * @param code exit code of the command
   * @throws Exception the failure of a single video
   */
  void finish(List<Outcome> outcomes, Optional<Location> report, ExitCode code) throws Exception {
    if (inputs instanceof DubInputs.Single single) {
      finish(single, outcomes.get(0), report, code);
    } else {
      if (!progress.isJson()) {
        System.out.println(text(outcomes) + report.map(OutcomePrinter::text).orElse(""));
      }
      printEnd(outcomes, report, code);
    }
  }

  private void finish(
      DubInputs.Single single, Outcome outcome, Optional<Location> report, ExitCode code)
      throws Exception {
    if (progress.isJson()) {
      printEnd(
          List.of(outcome),
          report,
          outcome instanceof Outcome.Failed failed
              ? FailureReason.of(failed.cause()).exitCode()
              : code);
    } else if (outcome instanceof Outcome.Done done) {
      System.out.print(done.summary().text());
      if (single.truthKnown()) {
        System.out.print(done.summary().truthText(Demonstration.truth()));
      }
    }
    if (outcome instanceof Outcome.Failed failed) {
      Throwables.throwIfInstanceOf(failed.cause(), Exception.class);
      throw new ExecutionException(failed.cause());
    }
  }

  private static String text(List<Outcome> outcomes) {
    StringBuilder text = new StringBuilder();
    text.append("%d of %d done".formatted(available(outcomes), outcomes.size()));
    for (RequestStatus status :
        List.of(RequestStatus.failed, RequestStatus.interrupted, RequestStatus.skipped)) {
      int count = count(outcomes, status);
      text.append(count == 0 ? "" : ", %d %s".formatted(count, status));
    }
    return text.toString();
  }

  private static String text(Location report) {
    return "; report in " + report.child(Report.FILE);
  }

  private static int available(List<Outcome> outcomes) {
    return count(outcomes, RequestStatus.done) + count(outcomes, RequestStatus.kept);
  }

  private static int count(List<Outcome> outcomes, RequestStatus status) {
    return (int) outcomes.stream().filter(outcome -> outcome.status() == status).count();
  }

  private void printEnd(List<Outcome> outcomes, Optional<Location> report, ExitCode code) {
    System.out.println(
        new JsonLine.RunEnd(
                "end",
                JsonLine.now(),
                inputs instanceof DubInputs.Listed listed && listed.amongOthers()
                    ? listed.manifest().name()
                    : null,
                outcomes.size(),
                count(outcomes, RequestStatus.done),
                count(outcomes, RequestStatus.kept),
                count(outcomes, RequestStatus.failed),
                count(outcomes, RequestStatus.interrupted),
                count(outcomes, RequestStatus.skipped),
                JsonLine.rounded((System.nanoTime() - start) / 1e9),
                code.code(),
                report.map(folder -> folder.child(Report.FILE).name()).orElse(null))
            .text());
  }
}
