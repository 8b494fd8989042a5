package io.latentsync.job.cli;

import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.result.Outcome;
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
    if (!(outcome instanceof Outcome.Failed failed)) {
      return outcome;
    }
    FailureReason reason = FailureReason.of(failed.cause());
    if (reason.exitCode() != ExitCode.INVALID_INPUT || !isListed(failed.request())) {
      return outcome;
    }
    return new Outcome.Failed(
        failed.request(),
        failed.times(),
        InvalidInputException.ofLines(named(failed.request(), reason.text()), failed.cause()));
  }

  private boolean isListed(DubRequest request) {
    return places.containsKey(request.id());
  }

  /** The lines of a reason with the options' names, and the row of the file, in them. */
  List<String> named(DubRequest request, String reason) {
    InputNames names = InputNames.of(parsed);
    if (isListed(request)) {
      String place = places.get(request.id()) + ": ";
      names
          .add(place + "video", request.video().name())
          .add(place + "audio", request.audio().name())
          .add(place + "output", request.output().name());
    }
    return reason.lines().map(names::named).toList();
  }
}
