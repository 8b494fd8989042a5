package io.latentsync.job.cli;

import io.latentsync.job.cli.arguments.DubInputs;
import io.latentsync.job.cli.probe.Capacity;
import io.latentsync.job.cli.probe.Cost;
import io.latentsync.job.cli.probe.DryRun;
import io.latentsync.job.cli.probe.InputProbe;
import io.latentsync.job.cli.probe.Preview;
import io.latentsync.job.cli.probe.RequestPreview;
import io.latentsync.job.cli.progress.JsonLine;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.request.DubRequest;
import io.latentsync.model.estimate.MemoryEstimate;
import io.latentsync.text.Printable;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reports to standard output what a dry run has found: as a table, or as JSON lines. The last line
 * is JSON in both cases.
 *
 * @param inputs what would be dubbed
 * @param json whether there are JSON lines only
 * @param names adds the rows of a manifest to errors
 */
record DryRunPrinter(DubInputs inputs, boolean json, RowNames names) {
  private static final double GIB = 1L << 30;
  private static final String ROW = "%-24s %8s %9s %8s %6s %7s %8s %9s %9s  %s";

  /**
   * Prints everything.
   *
   * @param requests those of the result, in order
   * @return 0 if all requests can be dubbed, else 2
   */
  ExitCode print(List<DubRequest> requests, DryRun.Result result) {
    ExitCode code = result.preview().impossible() == 0 ? ExitCode.DONE : ExitCode.INVALID_INPUT;
    if (!json) {
      System.out.println(
          row(
              "request",
              "frames",
              "length",
              "segments",
              "shots",
              "faces",
              "new lips",
              "time",
              "memory",
              "coding"));
    }
    for (int i = 0; i < requests.size(); i++) {
      RequestPreview preview = result.preview().requests().get(i);
      if (json) {
        System.out.println(line(requests.get(i), preview, result.capacity()).text());
      } else {
        System.out.println(text(requests.get(i), preview, result.capacity()));
      }
    }
    if (!json) {
      printSums(result);
    }
    System.out.println(end(result, code).text());
    return code;
  }

  /** Prints the end of a dry run without requests. */
  ExitCode printNothing() {
    System.out.println(
        new JsonLine.DryRunEnd(
                "dryRun",
                JsonLine.now(),
                manifest(),
                0,
                0,
                0,
                0,
                0,
                JsonLine.rounded(0),
                0,
                0,
                0,
                0,
                JsonLine.rounded(0),
                null,
                null,
                null,
                null,
                ExitCode.DONE.code())
            .text());
    return ExitCode.DONE;
  }

  /** Null if the command has no other manifests. */
  private String manifest() {
    return inputs instanceof DubInputs.Listed listed && listed.amongOthers()
        ? listed.manifest().name()
        : null;
  }

  private String text(DubRequest request, RequestPreview preview, Capacity capacity) {
    String id = Printable.value(preview.id());
    if (preview instanceof RequestPreview.Finished) {
      return "%s: done before: %s".formatted(id, request.output());
    }
    if (preview instanceof RequestPreview.Impossible impossible) {
      return "%s: cannot be dubbed: %s"
          .formatted(id, String.join("; ", names.named(request, impossible.reason())));
    }
    RequestPreview.Possible possible = (RequestPreview.Possible) preview;
    InputProbe.Work work = possible.work();
    String text =
        row(
            id,
            String.valueOf(work.frames()),
            format("%.2f s", work.seconds()),
            String.valueOf(work.segments()),
            String.valueOf(work.shots()),
            "%d/%d".formatted(work.faces().found(), work.faces().looked()),
            format("%.0f %%", 100 * work.newLips()),
            Cost.time(capacity.seconds(possible)),
            format("%.1f GiB", memory(possible, capacity) / GIB),
            work.coding().text());
    if (!work.speakers().isEmpty()) {
      text +=
          "\n  speakers: "
              + work.speakers().stream()
                  .map(
                      speaker ->
                          format(
                              "%s %.0f %%",
                              Printable.value(speaker.name()), 100 * speaker.newLips()))
                  .collect(Collectors.joining(", "));
    }
    return work.notes().isEmpty()
        ? text
        : text + "\n  note: " + Printable.line(String.join("; ", work.notes()));
  }

  private static String row(Object... cells) {
    return ROW.formatted(cells);
  }

  private static long memory(RequestPreview.Possible request, Capacity capacity) {
    return memory(
        request.price().orElseThrow().memory(),
        capacity,
        capacity.tasksOfExecutor(request.work().segments()));
  }

  private static long memory(MemoryEstimate memory, Capacity capacity, int tasks) {
    return capacity.speed().isCpu() ? memory.process(tasks) : memory.processBesideGpu(tasks);
  }

  private static void printSums(DryRun.Result result) {
    Preview preview = result.preview();
    Capacity capacity = result.capacity();
    line("total", ProbeCommand.total(preview));
    if (preview.finished() > 0) {
      line("kept", "%d of them an earlier run has made".formatted(preview.finished()));
    }
    if (preview.largest().isEmpty()) {
      return;
    }
    line(
        "time",
        format(
            "about %s for the synthesis: %s, %d tasks%s, %.4g TFLOP/s each (measured)",
            Cost.time(preview.seconds(capacity)),
            count(capacity.executors(), "executor"),
            capacity.tasks(),
            capacity.speed().isCpu() ? "" : " on " + count(capacity.gpus(), "GPU"),
            capacity.speed().flopsPerSecond() / 1e12));
    preview
        .longest(capacity)
        .ifPresent(
            longest ->
                line(
                    "longest",
                    "%s: about %s"
                        .formatted(
                            Printable.value(longest.id()), Cost.time(capacity.seconds(longest)))));
    line("memory", format("about %.1f GiB in an executor", executorMemory(result).get() / GIB));
    gpuMemory(result)
        .ifPresent(bytes -> line("GPU memory", format("about %.1f GiB for one task", bytes / GIB)));
  }

  private static Optional<Long> executorMemory(DryRun.Result result) {
    Capacity capacity = result.capacity();
    int tasks = capacity.tasksOfExecutor(result.preview().segments());
    return result.preview().largest().map(price -> memory(price.memory(), capacity, tasks));
  }

  private static Optional<Long> gpuMemory(DryRun.Result result) {
    return result
        .preview()
        .largest()
        .filter(price -> !result.capacity().speed().isCpu())
        .map(price -> price.memory().gpu(1));
  }

  private JsonLine line(DubRequest request, RequestPreview preview, Capacity capacity) {
    String output = request.output().name();
    if (preview instanceof RequestPreview.Possible possible) {
      InputProbe.Work work = possible.work();
      return new JsonLine.RequestPlan(
          "plan",
          JsonLine.now(),
          preview.id(),
          "possible",
          output,
          work.frames(),
          JsonLine.rounded(work.seconds()),
          work.segments(),
          work.shots(),
          work.faces().looked(),
          work.faces().found(),
          JsonLine.rounded(work.newLips()),
          JsonLine.rounded(capacity.seconds(possible)),
          memory(possible, capacity),
          work.coding().codec().toString(),
          work.coding().bits(),
          speakers(work),
          work.notes().isEmpty() ? null : work.notes(),
          null);
    }
    boolean impossible = preview instanceof RequestPreview.Impossible;
    return new JsonLine.RequestPlan(
        "plan",
        JsonLine.now(),
        preview.id(),
        impossible ? "impossible" : "kept",
        output,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        impossible
            ? String.join(
                "\n", names.named(request, ((RequestPreview.Impossible) preview).reason()))
            : null);
  }

  /** Null for a request without an edit. */
  private static List<JsonLine.SpeakerPlan> speakers(InputProbe.Work work) {
    return work.speakers().isEmpty()
        ? null
        : work.speakers().stream()
            .map(
                speaker ->
                    new JsonLine.SpeakerPlan(speaker.name(), JsonLine.rounded(speaker.newLips())))
            .toList();
  }

  private JsonLine end(DryRun.Result result, ExitCode code) {
    Preview preview = result.preview();
    Capacity capacity = result.capacity();
    Optional<RequestPreview.Possible> longest = preview.longest(capacity);
    return new JsonLine.DryRunEnd(
        "dryRun",
        JsonLine.now(),
        manifest(),
        preview.requests().size(),
        preview.possible().size(),
        preview.finished(),
        preview.impossible(),
        preview.frames(),
        JsonLine.rounded(preview.videoSeconds()),
        preview.segments(),
        capacity.executors(),
        capacity.tasks(),
        capacity.speed().isCpu() ? 0 : capacity.gpus(),
        seconds(capacity, preview),
        executorMemory(result).orElse(null),
        gpuMemory(result).orElse(null),
        longest.map(RequestPreview::id).orElse(null),
        longest.map(request -> JsonLine.rounded(capacity.seconds(request))).orElse(null),
        code.code());
  }

  private static BigDecimal seconds(Capacity capacity, Preview preview) {
    return JsonLine.rounded(preview.possible().isEmpty() ? 0 : preview.seconds(capacity));
  }

  private static String count(int number, String name) {
    return "%d %s%s".formatted(number, name, number == 1 ? "" : "s");
  }

  private static void line(String name, String value) {
    System.out.println(format("%-12s %s", name, Printable.line(value)));
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
