package io.latentsync.job.cli.arguments;

import com.google.common.base.Splitter;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.record.RequestStatus;
import io.latentsync.text.Printable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/**
 * The options of a run with a manifest: the selection of requests and the condition for success.
 */
public final class BatchArguments {
  private static final String FAILED = "failed";
  private static final Pattern SUCCESS = Pattern.compile("(\\d{1,9})(%?)");
  private static final int PERCENT = 100;

  @Option(
      names = "--only",
      paramLabel = "WHICH",
      description =
          "With --manifest: dub only the selected requests. The others are skipped and keep their"
              + " earlier results. failed: the requests that failed in the last run that did not skip"
              + " them, according to results.avro. Else: ids, separated by commas.")
  private String only;

  @Option(
      names = "--min_success",
      paramLabel = "N|P%",
      description =
          "With --manifest: the requests that must be done for exit code 0: a number, such as 10, or"
              + " a share of the requests that are not skipped, such as 95%%. With fewer, the exit code"
              + " is 3. Default: all.")
  private String minSuccess;

  @Option(
      names = "--allow_empty",
      description =
          "With --manifest: a manifest without requests, or an --only that selects none, is a success"
              + " instead of an error.")
  private boolean allowEmpty;

  /** Whether a run without requests is a success. */
  public boolean allowEmpty() {
    return allowEmpty;
  }

  /**
   * Checks the values. Rejects these options for a single video.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public void check(DubInputs inputs) throws InvalidInputException {
    if (inputs instanceof DubInputs.Single) {
      requireAbsent("--only", Optional.ofNullable(only));
      requireAbsent("--min_success", Optional.ofNullable(minSuccess));
      requireAbsent("--allow_empty", allowEmpty ? Optional.of("given") : Optional.empty());
    }
    if (only != null && ids().isEmpty()) {
      throw new InvalidInputException(
          "--only is empty, but must be failed, or ids separated by commas");
    }
    if (minSuccess != null) {
      required(1);
    }
  }

  private static void requireAbsent(String option, Optional<String> value)
      throws InvalidInputException {
    if (value.isPresent()) {
      throw new InvalidInputException(
          "%s is %s, but must come with --manifest"
              .formatted(option, Printable.value(value.get())));
    }
  }

  private Set<String> ids() {
    return new LinkedHashSet<>(Splitter.on(',').trimResults().omitEmptyStrings().splitToList(only));
  }

  /**
   * Selects the requests to dub.
   *
   * @param requests requests of the manifest
   * @param results results of earlier runs
   * @throws InvalidInputException if an id is unknown, if no request is selected, or if {@code
   *     --min_success} exceeds their number
   */
  public List<DubRequest> select(List<DubRequest> requests, Results results)
      throws InvalidInputException {
    List<DubRequest> selected = selected(requests, results);
    if (selected.isEmpty() && !requests.isEmpty() && !allowEmpty) {
      throw new InvalidInputException(
          "--only is %s, but no request of the manifest failed in its last run; --allow_empty makes"
                  .formatted(only)
              + " that a success");
    }
    if (minSuccess != null && !selected.isEmpty() && required(selected.size()) > selected.size()) {
      throw new InvalidInputException(
          "--min_success is %s, but this run has only %d requests"
              .formatted(minSuccess, selected.size()));
    }
    return selected;
  }

  private List<DubRequest> selected(List<DubRequest> requests, Results results)
      throws InvalidInputException {
    if (only == null) {
      return requests;
    }
    if (only.equals(FAILED)) {
      return requests.stream().filter(request -> results.failedBefore(request.id())).toList();
    }
    Set<String> unknown = ids();
    requests.forEach(request -> unknown.remove(request.id()));
    if (!unknown.isEmpty()) {
      throw new InvalidInputException(
          "--only is %s, but the manifest has no request %s"
              .formatted(
                  Printable.value(only),
                  unknown.stream().map(Printable::value).collect(Collectors.joining(", "))));
    }
    Set<String> ids = ids();
    return requests.stream().filter(request -> ids.contains(request.id())).toList();
  }

  /**
   * The outcome of each request of the manifest, in order.
   *
   * @param outcomes outcomes of the selected requests; the others are skipped
   */
  public List<Outcome> withSkipped(List<DubRequest> requests, List<Outcome> outcomes) {
    Map<String, Outcome> ended =
        outcomes.stream()
            .collect(Collectors.toMap(outcome -> outcome.request().id(), Function.identity()));
    return requests.stream()
        .map(request -> ended.getOrDefault(request.id(), new Outcome.Skipped(request)))
        .toList();
  }

  /** The exit code of a run with a manifest. */
  public ExitCode code(List<Outcome> outcomes) throws InvalidInputException {
    Map<RequestStatus, Long> counts =
        outcomes.stream().collect(Collectors.groupingBy(Outcome::status, Collectors.counting()));
    if (counts.containsKey(RequestStatus.interrupted)) {
      return ExitCode.INTERRUPTED;
    }
    long done =
        counts.getOrDefault(RequestStatus.done, 0L) + counts.getOrDefault(RequestStatus.kept, 0L);
    long all = done + counts.getOrDefault(RequestStatus.failed, 0L);
    return done >= (minSuccess == null ? all : required(all))
        ? ExitCode.DONE
        : ExitCode.SOME_FAILED;
  }

  /** The number of requests that must be done for success. */
  private long required(long requests) throws InvalidInputException {
    Matcher parts = SUCCESS.matcher(minSuccess);
    boolean valid = parts.matches();
    long number = valid ? Long.parseLong(parts.group(1)) : 0;
    boolean share = valid && !parts.group(2).isEmpty();
    if (!valid || (share && number > PERCENT)) {
      throw new InvalidInputException(
          "--min_success is %s, but must be a number of requests such as 10, or a share such as 95%%"
              .formatted(Printable.value(minSuccess)));
    }
    // Rounds up.
    return share ? (requests * number + PERCENT - 1) / PERCENT : number;
  }
}
