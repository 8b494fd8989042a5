package io.latentsync.job.cli;

import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.StagePools;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/** The Spark application of a command. It starts when it is needed first. */
final class SparkApplication implements AutoCloseable {
  private final SparkConf conf;

  /** Null before the start. */
  private JavaSparkContext context;

  SparkApplication(SparkConf conf) {
    this.conf = conf;
  }

  /** How to reach the file systems. */
  Configuration configuration() {
    return SparkHadoopUtil.get().newConfiguration(conf);
  }

  /** Whether this process is the executor too. */
  boolean isLocal() {
    return GpuShare.isLocal(conf);
  }

  /**
   * The running application.
   *
   * @throws IOException if Spark cannot start
   */
  JavaSparkContext running() throws IOException {
    if (context == null) {
      context = StagePools.start(conf);
      context.sc().uiWebUrl().foreach(SparkApplication::printUi);
    }
    return context;
  }

  private static Void printUi(String address) {
    System.err.println("Spark UI: " + address);
    return null;
  }

  @Override
  public void close() {
    if (context != null) {
      context.close();
    }
  }
}
