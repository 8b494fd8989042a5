package io.latentsync.job;

import io.latentsync.face.FacePoints;
import io.latentsync.face.FaceTemplate;
import io.latentsync.model.FaceMatrices;
import io.latentsync.record.FaceObservation;
import io.latentsync.record.SegmentMetrics;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** The way of one request through the cluster: plan, analyse, synthesise, stitch. */
final class DubJob {
  private final JavaSparkContext spark;
  private final SerializableConfiguration hadoop;
  private final Progress progress;

  DubJob(JavaSparkContext spark, Progress progress) {
    this.spark = spark;
    this.hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    this.progress = progress;
  }

  /** Dubs a video; {@link #dub(DubRequest, Location, boolean)} without keeping the staging. */
  Summary dub(DubRequest request, Location stagingRoot) throws IOException {
    return dub(request, stagingRoot, false);
  }

  /**
   * Dubs a video.
   *
   * @param stagingRoot where the request's staging folder is made and, after success, removed.
   *     After a failure it stays, and the same request finds its finished segments there.
   * @param keepStaging whether it stays after success too
   * @return what was done
   * @throws IOException if an input cannot be used or the output cannot be written
   */
  Summary dub(DubRequest request, Location stagingRoot, boolean keepStaging) throws IOException {
    Configuration configuration = hadoop.value();
    Staging staging = Staging.of(request, stagingRoot, configuration);
    try {
      Summary summary = dub(request, staging);
      if (!keepStaging) {
        staging.delete(configuration);
      }
      return summary;
    } finally {
      staging.deleteIfNothingRendered(configuration);
    }
  }

  private Summary dub(DubRequest request, Staging staging) throws IOException {
    Plan plan = plan(request, staging);
    Broadcast<Plan> shared = spark.broadcast(plan);
    FaceMatrices matrices = analyse(shared);
    List<SegmentMetrics> metrics = synthesise(shared, matrices);
    stitch(shared);
    progress.endStage();
    return new Summary(
        request,
        plan.playOrder(),
        progress.times(),
        metrics,
        SyncReport.of(metrics, plan.speechEnvelope()));
  }

  private Plan plan(DubRequest request, Staging staging) {
    progress.stage("plan", 1, "video");
    SerializableConfiguration conf = hadoop;
    return describe("plan", request)
        .parallelize(List.of(request), 1)
        .map(r -> Plan.of(r, staging, conf.value()))
        .first();
  }

  private FaceMatrices analyse(Broadcast<Plan> plan) throws IOException {
    int frames = plan.value().playOrder().framesUsed();
    progress.stage("analyse", frames, "frames");
    List<FrameRange> ranges = FrameRange.cut(frames, Analyse.RANGE_FRAMES);
    List<FaceObservation> observations =
        describe("analyse", plan.value().request())
            .parallelize(ranges, slices(ranges.size()))
            .mapPartitions(new Analyse(plan, hadoop, progress.counter()))
            .collect();
    FaceMatrices matrices =
        FaceMatrices.follow(
            observations.stream().map(DubJob::points).toList(),
            new FaceTemplate(plan.value().resolution()));
    if (matrices.faces() == 0) {
      throw new InvalidInputException(
          "%s: no face was found in any of its %d frames; a talking head must be in sight"
              .formatted(plan.value().request().video(), frames));
    }
    return matrices;
  }

  private static Optional<FacePoints> points(FaceObservation observation) {
    List<Float> p = observation.getPoints();
    return p.isEmpty()
        ? Optional.empty()
        : Optional.of(new FacePoints(p.get(0), p.get(1), p.get(2), p.get(3), p.get(4), p.get(5)));
  }

  private List<SegmentMetrics> synthesise(Broadcast<Plan> plan, FaceMatrices matrices) {
    List<FrameRange> segments = plan.value().segments();
    progress.stage("synthesise", plan.value().playOrder().frames(), "frames");
    JavaRDD<FrameRange> parts =
        describe("synthesise", plan.value().request())
            .parallelize(segments, slices(segments.size()));
    return GpuShare.of(spark.getConf(), plan.value().request().rendering())
        .map(parts::withResources)
        .orElse(parts)
        .mapPartitions(new Synthesise(plan, spark.broadcast(matrices), hadoop, progress.counter()))
        .collect();
  }

  private void stitch(Broadcast<Plan> plan) {
    progress.stage("stitch", 1, "video");
    SerializableConfiguration conf = hadoop;
    describe("stitch", plan.value().request())
        .parallelize(List.of(plan.value().request().output()), 1)
        .foreach(output -> Stitch.output(plan.value(), conf.value()));
  }

  /** One task for each part, unless the user set another number for all stages. */
  private int slices(int parts) {
    return spark.getConf().getInt("spark.default.parallelism", parts);
  }

  private JavaSparkContext describe(String stage, DubRequest request) {
    spark.setJobDescription(stage + " " + request.video());
    // Spark hands what begins with mdc. to the logs of the tasks.
    spark.setLocalProperty("mdc.request", request.video().name());
    return spark;
  }
}
