package io.latentsync.benchmarks;

import ai.djl.Device;
import io.latentsync.nn.torch.Processor;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks: progress on standard error; the machine and a Markdown table on standard
 * output.
 */
public final class Kernels {
  private static final String PACKAGE = Kernels.class.getPackageName() + ".";

  private Kernels() {}

  /**
   * Runs benchmarks, each in a separate JVM.
   *
   * @param arguments regular expression for the names; none for all benchmarks
   * @throws RunnerException if one fails or no name matches
   */
  public static void main(String... arguments) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    List.of(arguments).forEach(options::include);
    options
        .mode(Mode.AverageTime)
        .forks(1)
        .warmupIterations(3)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(5)
        .measurementTime(TimeValue.seconds(1))
        .shouldFailOnError(true);
    Runner runner =
        new Runner(
            options.build(),
            OutputFormatFactory.createFormatInstance(System.err, VerboseMode.NORMAL));
    Collection<RunResult> results = runner.run();
    System.out.println(machine() + System.lineSeparator());
    System.out.println(table(results));
  }

  private static String machine() {
    return "%s, %d cores, Java %s"
        .formatted(
            Processor.name(Device.cpu()),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature());
  }

  /** A Markdown table with a row for each result. */
  static String table(Collection<RunResult> results) {
    return Stream.concat(
            Stream.of("| Kernel | Time | Error (99.9 %) | Unit |", "|---|---:|---:|---|"),
            results.stream().map(Kernels::row))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String row(RunResult run) {
    Result<?> time = run.getPrimaryResult();
    return String.format(
        Locale.ROOT,
        "| %s | %.3f | ± %.3f | %s |",
        run.getParams().getBenchmark().substring(PACKAGE.length()),
        time.getScore(),
        time.getScoreError(),
        unit(run.getParams().getTimeUnit()));
  }

  private static String unit(TimeUnit unit) {
    return switch (unit) {
      case MICROSECONDS -> "µs";
      case MILLISECONDS -> "ms";
      default -> throw new IllegalArgumentException("no benchmark is given in " + unit);
    };
  }
}
