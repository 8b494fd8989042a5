package io.latentsync.job.metrics;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Brings {@link JobMetrics} into Spark's metrics system, in every executor. In local mode the
 * driver is the executor. Spark names them {@code
 * plugin.io.latentsync.job.metrics.MetricsPlugin.…}.
 */
public final class MetricsPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";

  /** Has Spark load this plugin, beside those that the user named. */
  public static void addTo(SparkConf conf) {
    String name = MetricsPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isEmpty() ? name : others + "," + name);
  }

  /** Nothing is done on the driver. */
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
