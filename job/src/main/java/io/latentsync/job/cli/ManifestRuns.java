package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.progress.JsonLine;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.run.Interruption;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The runs of several manifests, one after the other in one Spark application. A manifest that is
 * wrong or fails does not stop the others.
 *
 * @param run runs one of them
 * @param interruption after it no further manifest is started
 * @param json whether standard output has JSON lines only
 * @param verbose whether to show the stack traces of errors
 */
record ManifestRuns(DubRun run, Interruption interruption, boolean json, boolean verbose) {
  /** From the best to the worst. */
  private static final List<ExitCode> ORDER =
      List.of(
          ExitCode.DONE,
          ExitCode.SOME_FAILED,
          ExitCode.INVALID_INPUT,
          ExitCode.FAILED,
          ExitCode.INTERRUPTED,
          ExitCode.TERMINATED);

  /**
   * Runs all manifests.
   *
   * @return the worst exit code: after a signal its code, else 1, 2, 3, 0
   */
  ExitCode all(List<DubInputs> manifests) {
    ExitCode worst = ExitCode.DONE;
    int started = 0;
    int finishedBefore = 0;
    for (DubInputs manifest : manifests) {
      if (interruption.received().isPresent()) {
        break;
      }
      started++;
      DubRun.Ended ended = run(manifest);
      finishedBefore += ended.before() ? 1 : 0;
      if (ORDER.indexOf(ended.code()) > ORDER.indexOf(worst)) {
        worst = ended.code();
      }
    }
    ExitCode code = interruption.received().orElse(worst);
    System.out.println(
        new JsonLine.ManifestsEnd(
                "manifests", JsonLine.now(), manifests.size(), started, finishedBefore, code.code())
            .text());
    return code;
  }

  private DubRun.Ended run(DubInputs manifest) {
    if (!json) {
      System.out.println(manifest + ":");
    }
    try {
      return run.of(manifest);
    } catch (Exception e) {
      FailureReason reason = FailureReason.of(e);
      if (verbose) {
        UserCommand.trace(e).forEach(System.err::println);
      }
      List<String> lines =
          reason.text().lines().map(line -> named(manifest.toString(), line)).toList();
      lines.forEach(line -> System.err.println("dub: " + line));
      if (json) {
        System.out.println(
            new JsonLine.ManifestRefused(
                    "refused",
                    JsonLine.now(),
                    ((DubInputs.Listed) manifest).manifest().name(),
                    lines.stream().collect(Collectors.joining("\n")),
                    reason.exitCode().code())
                .text());
      }
      return new DubRun.Ended(reason.exitCode(), false);
    }
  }

  /** Manifests of several folders may have the same name. */
  private static String named(String manifest, String line) {
    return line.contains(manifest) ? line : manifest + ": " + line;
  }
}
