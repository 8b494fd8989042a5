package io.latentsync.job.result;

import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Location;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.record.RunResult;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The properties of a run that all its result rows contain.
 *
 * @param id unique; sorts by time
 * @param version of the job
 * @param options the given options of the command
 * @param models the networks of all requests
 */
public record RunDescription(
    String id, Instant started, String version, List<String> options, ModelBundle models) {
  private static final Logger log = LoggerFactory.getLogger(RunDescription.class);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int DIGITS = 8;
  private static final int FINGERPRINT_DIGITS = 16;
  private static final String GPUS = "spark.executor.resource.gpu.amount";

  /** A run that begins now. */
  public static RunDescription begin(String version, List<String> options, ModelBundle models) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    String random = UUID.randomUUID().toString().substring(0, DIGITS);
    return new RunDescription(TIME.format(now) + "-" + random, now, version, options, models);
  }

  /** The run's field of the result rows. Called after the end of the last request. */
  public RunResult end(JavaSparkContext spark) {
    // A context that the cluster has stopped has no executors.
    boolean stopped = spark.sc().isStopped();
    int executors = stopped ? 0 : executors(spark);
    return RunResult.newBuilder()
        .setId(id)
        .setStarted(started)
        .setEnded(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setApplication(spark.sc().applicationId())
        .setMaster(spark.master())
        .setExecutors(executors)
        .setCores(stopped ? 0 : spark.defaultParallelism())
        .setGpus(executors * spark.getConf().getInt(GPUS, 0))
        .setVersion(version)
        .setModel(
            Demonstration.isModelOf(models)
                ? "demonstration model"
                : new Location(models.unet()).name())
        .setModelFingerprint(fingerprint(spark.hadoopConfiguration()))
        .setDtype(models.precision().toString())
        .setOptions(options)
        .build();
  }

  /** The list of Spark includes the driver. In local mode the driver is the executor. */
  private static int executors(JavaSparkContext spark) {
    return spark.isLocal() ? 1 : spark.sc().statusTracker().getExecutorInfos().length - 1;
  }

  private String fingerprint(Configuration configuration) {
    try {
      return DigestUtils.sha256Hex(new ModelFiles(configuration).fingerprint(models))
          .substring(0, FINGERPRINT_DIGITS);
    } catch (IOException e) {
      log.warn("the model files can no longer be read: {}", e.getMessage(), e);
      return "";
    }
  }
}
