package io.latentsync.job.cli;

import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.run.Outcome;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ParseResult;

/**
 * Adds the place in the manifest to errors about a request's files.
 *
 * @param places place of each request in the manifest, by id
 * @param parsed the command line
 */
record RowNames(Map<String, String> places, ParseResult parsed) {

  /** The outcome; the message of a failure names the row and field of the file. */
  Outcome named(Outcome outcome) {
    if (!(outcome instanceof Outcome.Failed failed) || !places.containsKey(failed.request().id())) {
      return outcome;
    }
    FailureReason reason = FailureReason.of(failed.cause());
    if (reason.exitCode() != ExitCode.INVALID_INPUT) {
      return outcome;
    }
    DubRequest request = failed.request();
    String place = places.get(request.id()) + ": ";
    InputNames names =
        InputNames.of(parsed)
            .add(place + "video", request.video().name())
            .add(place + "audio", request.audio().name())
            .add(place + "output", request.output().name());
    List<String> lines = reason.text().lines().map(names::named).toList();
    return new Outcome.Failed(
        request, failed.times(), InvalidInputException.ofLines(lines, failed.cause()));
  }
}
