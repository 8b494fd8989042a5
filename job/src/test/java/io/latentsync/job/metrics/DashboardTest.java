package io.latentsync.job.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.spark.metrics.sink.PrometheusServlet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The metrics that the driver of a cluster publishes, and the dashboard that uses them. */
final class DashboardTest {
  private static final Pattern NAME = Pattern.compile("metrics_\\w+");

  private final MetricRegistry plugin = new MetricRegistry();
  private final ClusterMetrics sums = new ClusterMetrics();

  @BeforeEach
  void sumsOfACluster() {
    sums.showIn(plugin);
  }

  private String prometheus() {
    MetricRegistry spark = new MetricRegistry();
    spark.registerAll("latentsync.driver.plugin." + MetricsPlugin.class.getName(), plugin);
    return new PrometheusServlet(new Properties(), spark).getMetricsSnapshot();
  }

  private static Set<String> names(String text) {
    return new TreeSet<>(NAME.matcher(text).results().map(match -> match.group()).toList());
  }

  @Test
  void theDriverPublishesEachMetricOfTheDashboard() throws IOException {
    Path deploy = Path.of(System.getProperty("deploy.dir", "../deploy"));
    JsonNode dashboard =
        new ObjectMapper().readTree(deploy.resolve("monitoring/dashboard.json").toFile());
    Set<String> used = new TreeSet<>();
    dashboard.findValuesAsText("expr").forEach(query -> used.addAll(names(query)));
    used.addAll(names(dashboard.get("templating").toString()));
    assertThat(used).hasSizeGreaterThan(10);
    assertThat(names(prometheus())).containsAll(used);
  }

  @Test
  void countsOfEndedExecutorsStayInTheSums() {
    long own = JobMetrics.FRAMES_RENDERED.getCount();
    sums.take(counts("0", 10, 0, 0, "http://127.0.0.2:4140"));
    sums.take(counts("1", 5, 1, 0.5, ""));
    sums.take(counts("0", 12, 0, 0, "http://127.0.0.2:4140"));
    sums.take(counts("2", 1, 3, 0.9, "http://127.0.0.3:4140"));
    assertThat(plugin.getCounters().get("frames_rendered").getCount()).isEqualTo(own + 12 + 5 + 1);
    assertThat((Double) plugin.getGauges().get("gpu_utilisation").getValue())
        .isEqualTo((0.5 + 3 * 0.9) / 4);
    assertThat(plugin.getGauges().get("executor_endpoints").getValue())
        .isEqualTo("0=http://127.0.0.2:4140 2=http://127.0.0.3:4140");
  }

  @Test
  void aReportThatALaterOneHasOvertakenDoesNotReduceTheSums() {
    long own = JobMetrics.FRAMES_RENDERED.getCount();
    sums.take(counts("0", 100, 0, 0, ""));
    sums.take(counts("0", 90, 0, 0, ""));
    assertThat(plugin.getCounters().get("frames_rendered").getCount()).isEqualTo(own + 100);
  }

  @Test
  void anUnknownCounterOfAnotherBuildIsIgnored() {
    sums.take(new ExecutorCounts("0", Map.of("of_another_build", 3L), 0, 0, ""));
    assertThat(plugin.getCounters()).doesNotContainKey("of_another_build");
    assertThat(prometheus()).doesNotContain("of_another_build", "executor_endpoints");
  }

  private static ExecutorCounts counts(
      String executor, long frames, int gpus, double busy, String endpoint) {
    return new ExecutorCounts(executor, Map.of("frames_rendered", frames), gpus, busy, endpoint);
  }
}
