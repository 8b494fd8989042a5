package io.latentsync.job.metrics;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Monitors this machine's GPUs with {@code nvidia-smi} until it is closed. */
final class GpuMeter implements AutoCloseable {
  private static final String PROGRAM = "nvidia-smi";
  private static final int PERIOD_MILLIS = 200;

  private final Process process;
  private final CompletableFuture<List<GpuSample>> samples;

  private GpuMeter(Process process) {
    this.process = process;
    // A separate thread: in a pool, this task would wait for the meters of other tasks.
    this.samples = CompletableFuture.supplyAsync(() -> read(process), GpuMeter::start);
  }

  /**
   * Starts monitoring.
   *
   * @param path folders to search for the program, as in the variable {@code PATH}
   * @return empty if the program does not exist, as on a machine without NVIDIA's driver
   * @throws IOException if the program cannot be started
   */
  static Optional<GpuMeter> begin(String path) throws IOException {
    Optional<List<String>> query = query(path);
    if (query.isEmpty()) {
      return Optional.empty();
    }
    List<String> command = new ArrayList<>(query.get());
    command.add("--loop-ms=" + PERIOD_MILLIS);
    return Optional.of(new GpuMeter(new ProcessBuilder(command).redirectErrorStream(true).start()));
  }

  /**
   * The command that reports the current state of all GPUs.
   *
   * @return empty if the program does not exist
   */
  static Optional<List<String>> query(String path) {
    return Pattern.compile(System.getProperty("path.separator"), Pattern.LITERAL)
        .splitAsStream(path)
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst()
        .map(
            program ->
                Stream.concat(Stream.of(program.toString()), GpuSample.QUERY.stream()).toList());
  }

  private static void start(Runnable reading) {
    Thread thread = new Thread(reading, "profile-gpus");
    thread.setDaemon(true);
    thread.start();
  }

  private static List<GpuSample> read(Process process) {
    List<GpuSample> samples = new ArrayList<>();
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        GpuSample.parse(line).ifPresent(samples::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return samples;
  }

  /** Stops monitoring and returns the use of each GPU since the start. */
  List<GpuUse> finish(String stage, String processName) {
    close();
    return uses(samples.join(), stage, processName);
  }

  @Override
  public void close() {
    // Process.destroy() would close streams that another thread still reads.
    process.toHandle().destroy();
  }

  /** Combines the samples of each GPU. */
  static List<GpuUse> uses(List<GpuSample> samples, String stage, String process) {
    SortedMap<Integer, List<GpuSample>> byGpu =
        samples.stream()
            .collect(Collectors.groupingBy(GpuSample::index, TreeMap::new, Collectors.toList()));
    List<GpuUse> uses = new ArrayList<>();
    byGpu.forEach(
        (index, ofGpu) ->
            uses.add(
                new GpuUse(
                    stage,
                    process,
                    index,
                    ofGpu.get(0).name(),
                    ofGpu.stream()
                        .mapToDouble(GpuSample::utilisation)
                        .filter(Double::isFinite)
                        .average()
                        .orElse(Double.NaN),
                    ofGpu.stream()
                        .map(GpuSample::usedMib)
                        .filter(Double::isFinite)
                        .max(Comparator.naturalOrder())
                        .orElse(Double.NaN),
                    ofGpu.get(0).memoryMib())));
    return uses;
  }
}
