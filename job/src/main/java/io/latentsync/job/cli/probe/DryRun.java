package io.latentsync.job.cli.probe;

import io.latentsync.job.cli.probe.RequestPreview.Price;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.result.Results;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SynthesisSlots;
import io.latentsync.job.spark.TaskDevice;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.render.RenderOptions;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Examines the requests of a run in Spark tasks, without dubbing. It writes nothing but files in
 * temporary folders, which it removes.
 *
 * @param results of earlier runs
 */
public record DryRun(JavaSparkContext spark, Progress progress, Results results) {
  private static final String GPUS = "spark.executor.resource.gpu.amount";

  /** The name of all requests together in the progress. */
  private static final String ALL = "dry run";

  /**
   * A preview with what it was made with.
   *
   * @param cost of its requests
   */
  public record Result(Preview preview, Cost cost, Capacity capacity) {}

  /**
   * Examines requests.
   *
   * @param requests of one model, at least one
   * @throws IOException if a file of the model cannot be used
   */
  public Result of(List<DubRequest> requests) throws IOException {
    Configuration configuration = spark.hadoopConfiguration();
    DubRequest first = requests.get(0);
    try (Scratch scratch = Scratch.temporary()) {
      Models.Locator files = new ModelFiles(configuration).locator(scratch);
      ModelConfig config = Models.check(first.models(), files);
      int chunk = config.chunkFrames();
      int segmentFrames = (first.segmentFrames() + chunk - 1) / chunk * chunk;
      List<Optional<RequestPreview>> finished = new ArrayList<>();
      for (DubRequest request : requests) {
        finished.add(
            results.isFinished(List.of(request))
                ? Optional.of(new RequestPreview.Finished(request.id()))
                : Optional.empty());
      }
      List<DubRequest> open =
          IntStream.range(0, requests.size())
              .filter(i -> finished.get(i).isEmpty())
              .mapToObj(requests::get)
              .toList();
      List<Probed> probed = probe(open, segmentFrames);
      TaskSpeed speed = speed(first.rendering(), first.models().precision());
      Cost cost =
          new Cost(
              config, Optional.of(files.locate(first.models().vae())), first.rendering(), speed);
      List<RequestPreview> previews = new ArrayList<>();
      int next = 0;
      for (int i = 0; i < requests.size(); i++) {
        previews.add(
            finished.get(i).isPresent()
                ? finished.get(i).get()
                : preview(requests.get(i), probed.get(next++), cost, segmentFrames));
      }
      return new Result(new Preview(previews), cost, capacity(first.rendering(), speed));
    }
  }

  /**
   * The result of a task.
   *
   * @param work null if there is a reason
   * @param reason why the request cannot be dubbed; null if it can
   */
  private record Probed(InputProbe.Work work, String reason) implements Serializable {}

  private static RequestPreview preview(
      DubRequest request, Probed probed, Cost cost, int segmentFrames) throws IOException {
    if (probed.reason() != null) {
      return new RequestPreview.Impossible(request.id(), probed.reason());
    }
    Price price = Price.of(cost, probed.work(), request.rendering().sampling(), segmentFrames);
    return new RequestPreview.Possible(request.id(), probed.work(), Optional.of(price));
  }

  /** The result of each request, in order. */
  private List<Probed> probe(List<DubRequest> requests, int segmentFrames) {
    if (requests.isEmpty()) {
      return List.of();
    }
    progress.expect(Stage.PLAN, ALL, requests.size());
    LongAccumulator done = progress.enter(Stage.PLAN, ALL);
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    spark.setJobGroup(ALL, ALL, true);
    List<Probed> probed =
        spark
            .parallelize(requests, requests.size())
            .mapPartitions(
                new NativeFaultWatch<Iterator<DubRequest>, Probed>(
                    request -> {
                      Probed made = probe(request.next(), segmentFrames, hadoop.value());
                      done.add(1);
                      return List.of(made).iterator();
                    }))
            .collect();
    progress.finish(Stage.PLAN, ALL);
    return probed;
  }

  private static Probed probe(DubRequest request, int segmentFrames, Configuration configuration)
      throws IOException {
    try {
      InputProbe probe =
          new InputProbe(configuration, request.onDamaged(), segmentFrames, (name, line) -> {});
      return new Probed(probe.of(request), null);
    } catch (IOException e) {
      // An interrupt closes files that are being read.
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return new Probed(null, FailureReason.of(e).text());
    }
  }

  /** The speed of the slowest executor, as far as each gets one of the tasks. */
  private TaskSpeed speed(RenderOptions rendering, Precision precision) {
    int executors = executors();
    JavaRDD<Integer> tasks =
        spark.parallelize(Collections.nCopies(executors, executors), executors);
    return GpuShare.on(tasks, rendering)
        .map(any -> measure(rendering, precision))
        .collect()
        .stream()
        .min(Comparator.comparingDouble(TaskSpeed::flopsPerSecond))
        .orElseThrow();
  }

  private static TaskSpeed measure(RenderOptions rendering, Precision precision)
      throws IOException {
    try (TaskDevice taken = GpuShare.device(rendering.compute().device())) {
      return TaskSpeed.measure(taken.device(), precision, rendering.compute().threads());
    }
  }

  private Capacity capacity(RenderOptions rendering, TaskSpeed speed) {
    int executors = executors();
    return new Capacity(
        executors,
        SynthesisSlots.of(spark.sc(), rendering.compute().device()),
        executors * spark.getConf().getInt(GPUS, spark.isLocal() ? 1 : 0),
        speed);
  }

  private int executors() {
    // Without the driver, which is listed too; in local mode it is the executor.
    return spark.isLocal()
        ? 1
        : Math.max(1, spark.sc().statusTracker().getExecutorInfos().length - 1);
  }
}
