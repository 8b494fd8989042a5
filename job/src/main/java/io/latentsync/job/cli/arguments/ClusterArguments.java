package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.MetricsPlugin;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.FaultyNodes;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.LogPlugin;
import io.latentsync.job.spark.TasksPerGpu;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.synthesis.Synthesise;
import io.latentsync.model.render.WarmUp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.SparkConf;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of Spark's executors. */
public final class ClusterArguments {
  @Option(
      names = "--tasks_per_gpu",
      defaultValue = "auto",
      paramLabel = "auto|N",
      description =
          "Maximum number of tasks that compute on a GPU at the same time and share the weights: 1"
              + " to 16, or auto: as many as its free memory allows, at most 4. Other tasks decode"
              + " and encode meanwhile.")
  private String tasksPerGpu;

  @Option(
      names = "--warmup",
      defaultValue = "auto",
      paramLabel = "WHEN",
      description =
          "Whether each process runs black pictures and silence through the networks before its"
              + " first segment: on, off, or auto: on for GPUs. The output is the same. The"
              + " summary reports the time.")
  private WarmUp.Choice warmUp;

  @Option(
      names = "--metrics_port",
      defaultValue = "4140",
      paramLabel = "PORT",
      description =
          "On a cluster: the first port that executors try for their metrics (/metrics/json and"
              + " /metrics/prometheus), 1024 to 65500, or 0 for none. Executors on the same machine"
              + " use the next free ports. The metrics need Spark's web UI (spark.ui.enabled).")
  private int metricsPort;

  @Mixin private CacheArguments cache = new CacheArguments();

  /**
   * Spark's settings: those of the user, and defaults for the others.
   *
   * @param name name of the application
   * @param threads computation threads of a task
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public SparkConf conf(String name, int threads) throws InvalidInputException {
    TasksPerGpu perGpu = TasksPerGpu.parse("--tasks_per_gpu", tasksPerGpu);
    SparkConf conf = new SparkConf().setAppName(name);
    // Keeps all cores busy, with many tasks or with many threads per task.
    int tasks = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
    conf.setIfMissing("spark.master", "local[" + tasks + "]");
    if (GpuShare.isLocal(conf)) {
      conf.setIfMissing("spark.ui.enabled", "false");
    } else {
      FaultyNodes.avoid(conf);
    }
    conf.setIfMissing("spark.executor.heartbeatInterval", "2s");
    conf.setIfMissing("spark.metrics.namespace", "latentsync");
    conf.set(TasksPerGpu.SETTING, perGpu.toString());
    conf.set(Synthesise.WARM_UP, warmUp.toString());
    if (metricsPort != 0) {
      OptionCheck.requireBetween("--metrics_port", metricsPort, 1024, 65500);
    }
    conf.set(MetricsPlugin.PORT, String.valueOf(metricsPort));
    MetricsPlugin.addTo(conf);
    LogPlugin.addTo(conf);
    cache.addTo(conf);
    GpuShare.requireFixedExecutors(conf);
    return conf;
  }

  /** Checks this machine's cache folder and adds its problems to a check. */
  public void check(InputCheck check) throws IOException {
    Optional<Location> folder = cache.folder();
    if (folder.isPresent()) {
      Path path = folder.get().localPath();
      if (!check.createsFolders() && !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        check.writableFolder("--cache_dir", folder.get());
        return;
      }
      try {
        LocalFolder.own(path, "--cache_dir");
      } catch (InvalidInputException e) {
        check.problem("--cache_dir " + e.getMessage());
      } catch (IOException e) {
        check.problem(
            "--cache_dir: the folder %s cannot be written to: %s"
                .formatted(folder.get(), FailureReason.withoutFile(e)));
      }
    }
  }
}
