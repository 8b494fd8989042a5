package io.latentsync.job.bench;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;

/**
 * Measures the time and the driver's heap until all requests of a manifest are planned. The command
 * is the product's, in local mode; it is ended when the last plan is made. A benchmark, not a test;
 * {@code deploy/bench/planning} runs it.
 */
public final class PlanningLoad {
  private static final String REQUESTS = "bench.requests";
  private static final double MIB = 1 << 20;

  private PlanningLoad() {}

  /**
   * Measures.
   *
   * @param arguments a folder for the inputs, the number of requests, the minutes of their video,
   *     and the seconds of their speech
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[0])).toAbsolutePath();
    int requests = Integer.parseInt(arguments[1]);
    Path video = video(folder, Integer.parseInt(arguments[2]));
    Path speech = speech(folder, Integer.parseInt(arguments[3]));
    Path manifest =
        Files.writeString(
            folder.resolve("manifest-%d.csv".formatted(requests)),
            IntStream.range(0, requests)
                .mapToObj(
                    i -> "talk-%1$d,%2$s,%3$s,out/%1$d.mp4,%1$d\n".formatted(i, video, speech))
                .collect(Collectors.joining("", "id,video,audio,output,seed\n", "")));
    List<String> command = new ArrayList<>(new NanoModels(folder).options());
    command.add("--manifest=" + manifest);
    System.setProperty(REQUESTS, String.valueOf(requests));
    System.setProperty("spark.extraListeners", Plans.class.getName());
    System.exit(DubCommand.run(command.toArray(String[]::new)));
  }

  private static Path video(Path folder, int minutes) {
    Path video = folder.resolve("video-%d.mp4".formatted(minutes));
    if (!Files.exists(video)) {
      FfmpegProgram.ffmpeg(
          "-f",
          "lavfi",
          "-i",
          "color=gray:size=64x64:rate=25:duration=" + 60 * minutes,
          "-preset",
          "ultrafast",
          video.toString());
    }
    return video;
  }

  private static Path speech(Path folder, int seconds) {
    Path speech = folder.resolve("speech-%d.flac".formatted(seconds));
    if (!Files.exists(speech)) {
      FfmpegProgram.ffmpeg(
          "-f",
          "lavfi",
          "-i",
          "sine=frequency=200:sample_rate=16000:duration=" + seconds,
          speech.toString());
    }
    return speech;
  }

  /** Counts the plans, and ends the process after the last one. */
  public static final class Plans extends SparkListener {
    private final int requests = Integer.getInteger(REQUESTS);
    private final Set<Integer> running = ConcurrentHashMap.newKeySet();
    private int planned;
    private long firstStart;

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      if (job.properties().getProperty("spark.job.description", "").startsWith("plan ")) {
        if (running.add(job.jobId()) && firstStart == 0) {
          firstStart = job.time();
          print("manifest checked, Spark started", job.time());
        }
      }
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd job) {
      if (running.remove(job.jobId()) && ++planned == requests) {
        print(requests + " planned", job.time());
        Runtime.getRuntime().halt(0);
      }
    }

    private static void print(String event, long time) {
      System.gc();
      System.out.printf(
          Locale.ROOT,
          "%s: %.1f s after the start, heap %.1f MiB, resident %.1f MiB at most%n",
          event,
          (time - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1000.0,
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB,
          peakResident() / MIB);
    }

    private static long peakResident() {
      try {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmHWM:"))
            .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
