package io.latentsync.job.spark;

import io.latentsync.job.storage.LocalFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** The pools that the stages of many requests are scheduled in, named after the stages. */
public final class StagePools {
  private static final String MODE = "spark.scheduler.mode";
  private static final String FILE = "spark.scheduler.allocation.file";

  private StagePools() {}

  /**
   * Starts Spark with the pools, unless the user has set another mode or other pools.
   *
   * @throws IOException if their description cannot be put where Spark reads it, or if no master of
   *     a standalone cluster answers
   */
  public static JavaSparkContext start(SparkConf conf) throws IOException {
    StandaloneMaster.requireReachable(conf);
    conf.setIfMissing(MODE, "FAIR");
    if (conf.contains(FILE)) {
      return new JavaSparkContext(conf);
    }
    // Spark looks for a resource of that name among its own jars only, and reads the file once.
    Path folder = LocalFolder.temporary("latentsync-pools-");
    Path file = folder.resolve("fairscheduler.xml");
    try (InputStream pools = StagePools.class.getResourceAsStream("fairscheduler.xml")) {
      Files.copy(pools, file, StandardCopyOption.REPLACE_EXISTING);
      return new JavaSparkContext(conf.set(FILE, file.toUri().toString()));
    } finally {
      LocalFolder.delete(folder);
    }
  }
}
