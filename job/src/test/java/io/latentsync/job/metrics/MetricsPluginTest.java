package io.latentsync.job.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the counts with one of Spark's sinks. */
@Tag("slow")
final class MetricsPluginTest {
  private static final String SINK = "spark.metrics.conf.*.sink.csv.";

  @TempDir Path folder;

  @AfterEach
  void noSink() {
    System.clearProperty(SINK + "class");
    System.clearProperty(SINK + "directory");
  }

  @Test
  void sparksSinksReceiveTheTasksCounters() throws Exception {
    Path counts = Files.createDirectory(folder.resolve("counts"));
    System.setProperty(SINK + "class", "org.apache.spark.metrics.sink.CsvSink");
    System.setProperty(SINK + "directory", counts.toString());
    NanoModels nano = new NanoModels(Files.createDirectory(folder.resolve("inputs")));
    Map<String, Long> before =
        Map.of(
            "frames_analysed", JobMetrics.FRAMES_ANALYSED.getCount(),
            "frames_rendered", JobMetrics.FRAMES_RENDERED.getCount(),
            "segments_rendered", JobMetrics.SEGMENTS_RENDERED.getCount(),
            "latent_hits", JobMetrics.LATENT_HITS.getCount(),
            "latent_misses", JobMetrics.LATENT_MISSES.getCount(),
            "window_misses", JobMetrics.WINDOW_MISSES.getCount(),
            "input_cache_misses", JobMetrics.INPUT_CACHE_MISSES.getCount());
    List<String> command = new ArrayList<>(nano.options());
    command.add("--video_path=" + nano.video(5));
    command.add("--audio_path=" + nano.speech(0.5));
    command.add("--video_out_path=" + folder.resolve("dubbed.mp4"));
    command.add("--inference_steps=2");
    assertThat(DubCommand.run(command.toArray(String[]::new))).isZero();

    assertThat(last(counts, "frames_analysed") - before.get("frames_analysed")).isEqualTo(5);
    assertThat(last(counts, "frames_rendered") - before.get("frames_rendered")).isEqualTo(14);
    assertThat(last(counts, "segments_rendered") - before.get("segments_rendered")).isEqualTo(1);
    assertThat(last(counts, "synthesise")).isPositive();
    // Two latents for each of 5 source frames, which the output shows 14 times.
    assertThat(last(counts, "latent_misses") - before.get("latent_misses")).isEqualTo(10);
    assertThat(last(counts, "latent_hits") - before.get("latent_hits")).isEqualTo(18);
    assertThat(last(counts, "window_misses") - before.get("window_misses")).isEqualTo(1);
    assertThat(last(counts, "window_hits")).isEqualTo(JobMetrics.WINDOW_HITS.getCount());
    assertThat(last(counts, "input_cache_misses") - before.get("input_cache_misses"))
        .as("all inputs are local")
        .isZero();
    assertThat(last(counts, "input_cache_hits")).isEqualTo(JobMetrics.INPUT_CACHE_HITS.getCount());
  }

  @Test
  void pluginsOfTheUserAreKept() {
    SparkConf conf = new SparkConf(false).set("spark.plugins", "org.example.Other");
    MetricsPlugin.addTo(conf);
    assertThat(conf.get("spark.plugins"))
        .isEqualTo("org.example.Other,io.latentsync.job.metrics.MetricsPlugin");
  }

  /** The last count that the sink wrote for a metric. */
  private static long last(Path counts, String metric) throws IOException {
    try (Stream<Path> files = Files.list(counts)) {
      Path file =
          files
              .filter(
                  f ->
                      f.toString()
                          .endsWith(
                              "plugin." + MetricsPlugin.class.getName() + "." + metric + ".csv"))
              .findFirst()
              .orElseThrow();
      List<String> lines = Files.readAllLines(file);
      return Long.parseLong(lines.get(lines.size() - 1).split(",", -1)[1]);
    }
  }
}
