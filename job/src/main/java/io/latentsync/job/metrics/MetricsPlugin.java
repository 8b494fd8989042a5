package io.latentsync.job.metrics;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Registers {@link JobMetrics} in Spark's metrics system, on every executor. In local mode the
 * driver is the executor. Spark names the metrics {@code
 * plugin.io.latentsync.job.metrics.MetricsPlugin.…}.
 */
public final class MetricsPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";

  /** Adds this plugin to those that the user has configured. */
  public static void addTo(SparkConf conf) {
    String name = MetricsPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isEmpty() ? name : others + "," + name);
  }

  /** The driver needs no plugin. */
  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> configuration) {
        JobMetrics.showIn(context.metricRegistry());
      }
    };
  }
}
