package io.latentsync.job.cli;

import com.google.common.base.Throwables;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.report.Report;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.run.Outcome;
import io.latentsync.job.run.Summary;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Says what became of the requests of a run.
 *
 * @param out where to
 * @param verbose whether to show the stack traces of failures
 */
record OutcomePrinter(PrintStream out, boolean verbose) {

  /**
   * A single video, with its summary.
   *
   * @param truthKnown whether the speech is the demonstration's, whose mouth is known
   * @throws Exception what the request failed with
   */
  ExitCode single(Outcome outcome, boolean truthKnown) throws Exception {
    if (outcome instanceof Outcome.Failed failed) {
      Throwables.throwIfInstanceOf(failed.cause(), Exception.class);
      throw new ExecutionException(failed.cause());
    }
    if (outcome instanceof Outcome.Interrupted) {
      return ExitCode.INTERRUPTED;
    }
    Summary summary = ((Outcome.Done) outcome).summary();
    out.print(summary.text());
    if (truthKnown) {
      out.print(summary.truthText(Demonstration.truth()));
    }
    return ExitCode.DONE;
  }

  /**
   * The requests of a manifest, a line each.
   *
   * @param report the folder of the report
   */
  ExitCode all(List<Outcome> outcomes, Location report) {
    int failures = 0;
    int interrupted = 0;
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Done done) {
        out.println(done.summary().line());
      } else if (outcome instanceof Outcome.Kept kept) {
        out.printf(
            "%s: done before: %s%n", Printable.value(kept.request().id()), kept.request().output());
      } else if (outcome instanceof Outcome.Failed failed) {
        failures++;
        out.printf(
            "%s: failed: %s%n",
            Printable.value(failed.request().id()), FailureReason.of(failed.cause()).text());
        if (verbose) {
          UserCommand.trace(failed.cause()).forEach(System.err::println);
        }
      } else {
        interrupted++;
      }
    }
    out.printf(
        "%d of %d done%s; report in %s%n",
        outcomes.size() - failures - interrupted,
        outcomes.size(),
        interrupted == 0 ? "" : ", %d interrupted".formatted(interrupted),
        report.child(Report.FILE));
    if (interrupted > 0) {
      return ExitCode.INTERRUPTED;
    }
    return failures == 0 ? ExitCode.DONE : ExitCode.SOME_FAILED;
  }
}
