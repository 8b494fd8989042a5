package io.latentsync.job.metrics;

import com.codahale.metrics.MetricRegistry;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers {@link JobMetrics} in Spark's metrics system, on every executor. In local mode the
 * driver is the executor. On a cluster the executors report their counts to the driver, which
 * publishes the sums. Spark names the metrics {@code
 * plugin.io.latentsync.job.metrics.MetricsPlugin.…}.
 */
public final class MetricsPlugin implements SparkPlugin {
  /** The Spark setting of the first port of the executors' metrics servers; 0: no servers. */
  public static final String PORT = "spark.latentsync.metricsPort";

  private static final Logger log = LoggerFactory.getLogger(MetricsPlugin.class);

  private static final String PLUGINS = "spark.plugins";
  private static final String UI = "spark.ui.enabled";
  private static final String NAMESPACE = "spark.metrics.namespace";
  private static final String DRIVER = "driver";
  private static final int PERIOD_SECONDS = 5;

  /** Adds this plugin to those that the user has configured. */
  public static void addTo(SparkConf conf) {
    String name = MetricsPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isEmpty() ? name : others + "," + name);
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new Driver();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new Executor();
  }

  /** Publishes the sums of all executors. */
  private static final class Driver implements DriverPlugin {
    private final ClusterMetrics sums = new ClusterMetrics();
    private boolean local;

    @Override
    public Map<String, String> init(SparkContext spark, PluginContext context) {
      local = spark.isLocal();
      return Map.of();
    }

    @Override
    public void registerMetrics(String application, PluginContext context) {
      // In local mode the executor's plugin registers them, in the same process.
      if (!local) {
        sums.showIn(context.metricRegistry());
      }
    }

    @Override
    public Object receive(Object message) {
      sums.take((ExecutorCounts) message);
      return null;
    }
  }

  /**
   * Publishes the counts of this process and, if the driver is another process, reports them to it.
   */
  private static final class Executor implements ExecutorPlugin {
    private PluginContext context;
    private Optional<MetricsEndpoint> endpoint = Optional.empty();
    private Optional<Future<?>> reports = Optional.empty();

    @Override
    public void init(PluginContext given, Map<String, String> configuration) {
      context = given;
      JobMetrics.showIn(context.metricRegistry());
      if (context.executorID().equals(DRIVER)) {
        return;
      }
      endpoint = open(context);
      ScheduledExecutorService thread =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread daemon = new Thread(task, "metrics-report");
                daemon.setDaemon(true);
                return daemon;
              });
      reports =
          Optional.of(
              thread.scheduleWithFixedDelay(this::report, 0, PERIOD_SECONDS, TimeUnit.SECONDS));
    }

    private static Optional<MetricsEndpoint> open(PluginContext context) {
      SparkConf conf = context.conf();
      int port = conf.getInt(PORT, 0);
      if (port == 0 || !conf.getBoolean(UI, true)) {
        return Optional.empty();
      }
      MetricRegistry registry = new MetricRegistry();
      String prefix =
          "%s.%s.plugin.%s"
              .formatted(
                  conf.get(NAMESPACE, conf.getAppId()),
                  context.executorID(),
                  MetricsPlugin.class.getName());
      registry.registerAll(prefix, JobMetrics.all());
      // The context has no host name if the executor has no RPC server.
      String host = SparkEnv.get().blockManager().blockManagerId().host();
      try {
        return Optional.of(MetricsEndpoint.open(host, port, registry));
      } catch (IOException | IllegalArgumentException e) {
        // An exception here would end the executor. Ports above 65535 are illegal arguments.
        log.warn(
            "executor {} does not serve its metrics: {} has no free port from {} on ({})",
            context.executorID(),
            host,
            port,
            e.getMessage(),
            e);
        return Optional.empty();
      }
    }

    private void report() {
      try {
        context.send(
            JobMetrics.counts(
                context.executorID(), endpoint.map(MetricsEndpoint::address).orElse("")));
      } catch (IOException | RuntimeException e) {
        // Usually the driver is ending. Each report contains all counts, so none is lost.
        log.debug(
            "could not report the counts of executor {} to the driver", context.executorID(), e);
      }
    }

    /** Reports at once, so that the driver has the counts of the last task with its result. */
    @Override
    public void onTaskSucceeded() {
      reports.ifPresent(any -> report());
    }

    @Override
    public void onTaskFailed(TaskFailedReason reason) {
      reports.ifPresent(any -> report());
    }

    @Override
    public void shutdown() {
      reports.ifPresent(running -> running.cancel(true));
      endpoint.ifPresent(MetricsEndpoint::close);
    }
  }
}
