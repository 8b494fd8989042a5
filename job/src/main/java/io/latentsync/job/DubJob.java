package io.latentsync.job;

import io.latentsync.face.DetectedFace;
import io.latentsync.face.FacePoints;
import io.latentsync.face.FaceTemplate;
import io.latentsync.face.People;
import io.latentsync.face.Person;
import io.latentsync.model.FaceMatrices;
import io.latentsync.record.FaceObservation;
import io.latentsync.record.SegmentMetrics;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
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

  /**
   * Dubs a video.
   *
   * @param stagingRoot where the request's staging folder is made and, after success, removed.
   *     After a failure it stays, and the same request finds its finished segments there.
   * @return what was done
   * @throws IOException if an input cannot be used or the output cannot be written
   */
  Summary dub(DubRequest request, Location stagingRoot) throws IOException {
    try (StagingLease lease = StagingLease.take(request, stagingRoot, hadoop.value())) {
      Summary summary = dub(request, lease.staging());
      lease.done();
      return summary;
    }
  }

  private Summary dub(DubRequest request, Staging staging) throws IOException {
    Plan plan = plan(request, staging);
    Broadcast<Plan> shared = spark.broadcast(plan);
    People people = People.of(analyse(shared));
    Person person = choose(people, plan);
    List<SegmentMetrics> metrics = synthesise(shared, follow(person, plan));
    stitch(shared);
    progress.endStage();
    return new Summary(
        request,
        plan.playOrder(),
        progress.times(),
        metrics,
        FaceReport.of(people, person, plan.playOrder().framesUsed()),
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

  private List<List<DetectedFace>> analyse(Broadcast<Plan> plan) {
    int frames = plan.value().playOrder().framesUsed();
    progress.stage("analyse", frames, "frames");
    List<FrameRange> ranges = FrameRange.cut(frames, Analyse.RANGE_FRAMES);
    List<FaceObservation> observations =
        describe("analyse", plan.value().request())
            .parallelize(ranges, slices(ranges.size()))
            .mapPartitions(new Analyse(plan, hadoop, progress.counter()))
            .collect();
    return observations.stream().map(Analyse::faces).toList();
  }

  private static Person choose(People people, Plan plan) throws InvalidInputException {
    DubRequest request = plan.request();
    if (people.count() == 0) {
      throw new InvalidInputException(
          "%s: no face was found in any of its %d frames; a talking head must be in sight"
              .formatted(request.video(), plan.playOrder().framesUsed()));
    }
    return people
        .choose(request.faces().choice())
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "--face is %s, but must be from 0 to %d: %s shows so many people"
                        .formatted(request.faces().choice(), people.count() - 1, request.video())));
  }

  private static FaceMatrices follow(Person person, Plan plan) {
    List<Optional<FacePoints>> points =
        IntStream.range(0, plan.playOrder().framesUsed())
            .mapToObj(frame -> person.face(frame).map(DetectedFace::points))
            .toList();
    return FaceMatrices.follow(points, new FaceTemplate(plan.resolution()));
  }

  private List<SegmentMetrics> synthesise(Broadcast<Plan> plan, FaceMatrices matrices) {
    List<FrameRange> segments = plan.value().segments();
    progress.stage("synthesise", plan.value().playOrder().frames(), "frames");
    return describe("synthesise", plan.value().request())
        .parallelize(segments, slices(segments.size()))
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
