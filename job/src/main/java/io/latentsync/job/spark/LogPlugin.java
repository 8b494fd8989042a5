package io.latentsync.job.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.properties.PropertiesConfigurationFactory;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Configures the log of driver and executors with conf/log4j2.properties from the job's jar,
 * because cluster managers start executors with Spark's default log configuration. A JVM with
 * {@code -Dlog4j2.configurationFile=…} keeps that configuration. Executors also log each rendered
 * segment and the failures of tasks. Numbers have the same digits in each language of the system.
 */
public final class LogPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";

  /** Adds this plugin to those that the user has configured. */
  public static void addTo(SparkConf conf) {
    String name = LogPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isEmpty() ? name : others + "," + name);
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Map<String, String> init(SparkContext spark, PluginContext context) {
        configure();
        return Map.of();
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> configuration) {
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        // In local mode the executor is the driver.
        if (!context.executorID().equals("driver") && configure()) {
          Configurator.setLevel("io.latentsync", Level.INFO);
          Configurator.setLevel("org.apache.spark.executor.Executor", Level.ERROR);
        }
      }
    };
  }

  /** False if the user has configured the log of this JVM. */
  private static boolean configure() {
    if (System.getProperty("log4j2.configurationFile") != null
        || System.getProperty("log4j.configurationFile") != null) {
      return false;
    }
    // Spark's own classes and the job's may have different class loaders, but share this context.
    LoggerContext log = LoggerContext.getContext(SparkContext.class.getClassLoader(), false, null);
    try (InputStream in = LogPlugin.class.getResourceAsStream("log4j2.properties")) {
      log.reconfigure(
          new PropertiesConfigurationFactory().getConfiguration(log, new ConfigurationSource(in)));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
