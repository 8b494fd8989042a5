package io.latentsync.job.spark;

import io.latentsync.job.storage.LocalFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ConcurrentModificationException;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scheduler pools: one for each stage, with its name, for the tasks of all requests. */
public final class StagePools {
  private static final Logger log = LoggerFactory.getLogger(StagePools.class);

  private static final String MODE = "spark.scheduler.mode";
  private static final String FILE = "spark.scheduler.allocation.file";

  private StagePools() {}

  /**
   * Starts Spark with the pools, unless the user has configured another scheduling mode or other
   * pools.
   *
   * @throws IOException if the file with the pools cannot be written, or if no master of a
   *     standalone cluster answers
   */
  public static JavaSparkContext start(SparkConf conf) throws IOException {
    StandaloneMaster.requireReachable(conf);
    conf.setIfMissing(MODE, "FAIR");
    if (conf.contains(FILE)) {
      return context(conf);
    }
    // Spark searches for a resource of that name only in its own jars. It reads the file once.
    Path folder = LocalFolder.temporary("latentsync-pools-");
    Path file = folder.resolve("fairscheduler.xml");
    try (InputStream pools = StagePools.class.getResourceAsStream("fairscheduler.xml")) {
      Files.copy(pools, file, StandardCopyOption.REPLACE_EXISTING);
      return context(conf.set(FILE, file.toUri().toString()));
    } finally {
      LocalFolder.delete(folder);
    }
  }

  /**
   * Starts Spark, a second time if a concurrent change of one of its lists ends the first start.
   * This was seen in YARN's client mode with Spark 4.2. The probable cause: it adds a filter to the
   * web pages when the application master registers, also while Jetty iterates over the filters. No
   * task has run at that time.
   */
  private static JavaSparkContext context(SparkConf conf) {
    try {
      return new JavaSparkContext(conf);
    } catch (ConcurrentModificationException e) {
      log.warn("a concurrent change inside Spark ended its start; it is started once more", e);
      return new JavaSparkContext(conf);
    }
  }
}
