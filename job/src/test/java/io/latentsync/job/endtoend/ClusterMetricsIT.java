package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.metrics.MetricsPlugin;
import io.latentsync.job.testing.StandaloneCluster;
import io.latentsync.job.testing.Submission;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The metrics of a run on a standalone cluster, as a monitoring system reads them, and what its
 * daemons say.
 */
final class ClusterMetricsIT {
  private static final Pattern UI = Pattern.compile("(?m)^Spark UI: (http://\\S+)$");
  private static final String PLUGIN = ".plugin." + MetricsPlugin.class.getName() + ".";

  @TempDir Path folder;

  @Test
  void driverAndExecutorsShowTheJobsMetrics() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path monitoring =
        Path.of(System.getProperty("deploy.dir", "../deploy"))
            .resolve("monitoring")
            .toAbsolutePath();
    try (StandaloneCluster cluster =
        new StandaloneCluster(Files.createDirectory(folder.resolve("cluster")), 2)) {
      assertThat(cluster.masterOutput().lines())
          .contains("master " + cluster.master(), "master ready");
      // The master knows a worker before the worker knows that.
      await()
          .atMost(StandaloneCluster.TIMEOUT)
          .untilAsserted(
              () ->
                  assertThat(cluster.workerOutput().lines())
                      .anyMatch(
                          line ->
                              line.matches(
                                  "worker 127\\.0\\.0\\.3:\\d+ with 1 cores, 2\\.0 GiB RAM"))
                      .contains("worker ready, registered with " + cluster.master()));
      List<String> arguments = new ArrayList<>(nano.options());
      arguments.add("--video_path=" + nano.video(8));
      arguments.add("--audio_path=" + nano.speech(2.4));
      arguments.add("--video_out_path=" + folder.resolve("dubbed.mp4"));
      // So many steps that the run is still there after the first of four segments.
      arguments.add("--inference_steps=100");
      arguments.add("--segment_frames=16");
      Submission run =
          cluster.submit(
              List.of("--conf", "spark.metrics.conf=" + monitoring.resolve("metrics.properties")),
              arguments);
      String ui =
          await()
              .atMost(StandaloneCluster.TIMEOUT)
              .until(() -> address(run), Optional::isPresent)
              .orElseThrow();
      JsonNode driver =
          await()
              .atMost(StandaloneCluster.TIMEOUT)
              .until(
                  () -> json(ui),
                  seen ->
                      count(seen, "driver", "frames_rendered") > 0 && endpoints(seen).size() == 2);
      assertThat(count(driver, "driver", "frames_planned")).isEqualTo(62);
      assertThat(count(driver, "driver", "frames_analysed")).isEqualTo(8);
      assertThat(count(driver, "driver", "task_retries")).isZero();
      long rendered = 0;
      for (String endpoint : endpoints(driver)) {
        String executor = endpoint.substring(0, endpoint.indexOf('='));
        String address = endpoint.substring(endpoint.indexOf('=') + 1);
        rendered += count(json(address), executor, "frames_rendered");
        assertThat(read(address + "/metrics/prometheus"))
            .contains("MetricsPlugin_frames_rendered_Count{type=\"counters\"}");
      }
      assertThat(rendered).isGreaterThanOrEqualTo(16);
      assertThat(read(ui + "/metrics/prometheus/"))
          .contains(
              "metrics_latentsync_driver_plugin_io_latentsync_job_metrics_MetricsPlugin_frames_planned_Count{type=\"counters\"}"
                  + " 62");
      assertThat(read(ui + "/jobs/")).contains("synthesise");
      assertThat(run.exitCode()).as("exit code; %s", run.output()).isZero();
    }
  }

  private static Optional<String> address(Submission run) throws IOException {
    assertThat(run.process().isAlive()).as("the driver lives; %s", run.output()).isTrue();
    Matcher matcher = UI.matcher(run.output());
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static long count(JsonNode metrics, String process, String metric) {
    String name = "latentsync." + process + PLUGIN + metric;
    JsonNode counter = metrics.get("counters").get(name);
    assertThat(counter).as(name).isNotNull();
    return counter.get("count").asLong();
  }

  private static List<String> endpoints(JsonNode driver) {
    String all =
        driver
            .get("gauges")
            .get("latentsync.driver" + PLUGIN + "executor_endpoints")
            .get("value")
            .asText();
    return all.isEmpty() ? List.of() : List.of(all.split(" ", -1));
  }

  private static JsonNode json(String address) throws IOException {
    return new ObjectMapper().readTree(read(address + "/metrics/json/"));
  }

  private static String read(String address) throws IOException {
    try (InputStream in = URI.create(address).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
