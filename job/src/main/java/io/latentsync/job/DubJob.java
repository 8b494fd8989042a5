package io.latentsync.job;

import io.latentsync.face.DetectedFace;
import io.latentsync.face.FacePoints;
import io.latentsync.face.FaceTemplate;
import io.latentsync.face.People;
import io.latentsync.face.Person;
import io.latentsync.model.FaceMatrices;
import io.latentsync.record.FaceObservation;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/** The way of one request through the cluster: plan, analyse, synthesise, stitch. */
final class DubJob implements AutoCloseable {
  private final JavaSparkContext spark;
  private final SerializableConfiguration hadoop;
  private final Progress progress;
  private final SegmentGroups groups;
  private final DubRequest request;
  private final Location stagingRoot;
  private final Map<Stage, Duration> times = new EnumMap<>(Stage.class);
  private StagingLease lease;

  /**
   * A job that has not begun.
   *
   * @param groups by which its segments become tasks, shared by the requests of a run
   * @param stagingRoot where the request's staging folder is made. After a failure the same request
   *     finds its finished segments there.
   */
  DubJob(
      JavaSparkContext spark,
      Progress progress,
      SegmentGroups groups,
      DubRequest request,
      Location stagingRoot) {
    this.spark = spark;
    this.hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    this.progress = progress;
    this.groups = groups;
    this.request = request;
    this.stagingRoot = stagingRoot;
  }

  DubRequest request() {
    return request;
  }

  /** How long each stage that has been begun took; until it failed, if it did. */
  Map<Stage, Duration> times() {
    return new EnumMap<>(times);
  }

  /**
   * Where the parts of this request are kept.
   *
   * @throws IOException if an input is not there
   */
  Staging staging() throws IOException {
    if (lease == null) {
      lease = StagingLease.take(request, stagingRoot, hadoop.value());
    }
    return lease.staging();
  }

  /** Says that nothing staged is needed any more: the output is there, and that is written down. */
  void doneWithStaging() {
    lease.done();
  }

  /** Lets other runs have the staging, with what they can go on from. */
  @Override
  public void close() throws IOException {
    if (lease != null) {
      lease.close();
    }
  }

  /**
   * Looks at the inputs.
   *
   * @throws IOException if one is not there
   */
  Plan plan() throws IOException {
    Staging parts = staging();
    try (StageTime time = begin(Stage.PLAN)) {
      LongAccumulator planned = progress.enter(Stage.PLAN, request.id());
      SerializableConfiguration conf = hadoop;
      Plan plan =
          spark
              .parallelize(List.of(request), 1)
              .map(
                  r -> {
                    Plan made = Plan.of(r, parts, conf.value());
                    planned.add(1);
                    return made;
                  })
              .first();
      progress.finish(Stage.PLAN, request.id());
      return plan;
    }
  }

  /**
   * Looks for the faces of the source video, as far as this request shows it.
   *
   * @return the faces of each frame, in order
   */
  List<List<DetectedFace>> analyse(Plan plan) {
    try (StageTime time = begin(Stage.ANALYSE)) {
      LongAccumulator framesDone = progress.enter(Stage.ANALYSE, request.id());
      List<FrameRange> ranges = FrameRange.cut(plan.playOrder().framesUsed(), Analyse.RANGE_FRAMES);
      List<FaceObservation> observations =
          spark
              .parallelize(ranges, slices(ranges.size()))
              .mapPartitions(new Analyse(spark.broadcast(plan), hadoop, framesDone))
              .collect();
      progress.finish(Stage.ANALYSE, request.id());
      return observations.stream().map(Analyse::faces).toList();
    }
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
    return FaceMatrices.follow(
        points, new FaceTemplate(plan.resolution()), plan.video().frameRate());
  }

  /**
   * Makes the dubbed video. Its parts stay in staging until this is closed.
   *
   * @param faces the analysis of the source video: of at least the frames that this request shows.
   *     Whoever of those that share it comes first makes it, the others wait.
   * @return what was done
   * @throws IOException if an input cannot be used or the output cannot be written
   * @throws ExecutionException if the analysis failed
   */
  Summary dub(Plan plan, FutureTask<List<List<DetectedFace>>> faces)
      throws IOException, ExecutionException, InterruptedException {
    faces.run();
    // No frame more than this request shows: what comes later would tell who is who.
    int frames = plan.playOrder().framesUsed();
    FrameRate rate = plan.video().frameRate();
    People people = People.of(faces.get().subList(0, frames), rate);
    Person person = choose(people, plan);
    List<SegmentMetrics> metrics = synthesise(plan, follow(person, plan));
    stitch(plan);
    return new Summary(
        request,
        plan.playOrder(),
        rate,
        times(),
        metrics,
        FaceReport.of(people, person, frames),
        SyncReport.of(metrics, plan.speechEnvelope(), rate),
        plan.staging().fingerprint(),
        request.output().state(hadoop.value()));
  }

  private List<SegmentMetrics> synthesise(Plan plan, FaceMatrices matrices) {
    try (StageTime time = begin(Stage.SYNTHESISE)) {
      LongAccumulator framesDone = progress.enter(Stage.SYNTHESISE, request.id());
      List<FrameRange> segments = plan.segments();
      JavaRDD<FrameRange> tasks = tasks(segments);
      List<SegmentMetrics> metrics =
          GpuShare.of(spark.getConf(), request.rendering())
              .map(tasks::withResources)
              .orElse(tasks)
              .mapPartitions(
                  new Synthesise(
                      spark.broadcast(plan), spark.broadcast(matrices), hadoop, framesDone))
              .collect();
      progress.finish(Stage.SYNTHESISE, request.id());
      groups.learn(metrics);
      return metrics;
    }
  }

  /** A task for each group of segments, unless the user set a number for all stages. */
  private JavaRDD<FrameRange> tasks(List<FrameRange> segments) {
    if (spark.getConf().contains("spark.default.parallelism")) {
      return spark.parallelize(segments, slices(segments.size()));
    }
    List<List<FrameRange>> tasks = groups.of(segments);
    return spark.parallelize(tasks, tasks.size()).flatMap(List::iterator);
  }

  private void stitch(Plan plan) {
    try (StageTime time = begin(Stage.STITCH)) {
      LongAccumulator stitched = progress.enter(Stage.STITCH, request.id());
      Broadcast<Plan> shared = spark.broadcast(plan);
      SerializableConfiguration conf = hadoop;
      spark
          .parallelize(List.of(request.id()), 1)
          .foreach(
              id -> {
                Stitch.output(shared.value(), conf.value());
                stitched.add(1);
              });
      progress.finish(Stage.STITCH, request.id());
    }
  }

  /** One task for each part, unless the user set another number for all stages. */
  private int slices(int parts) {
    return spark.getConf().getInt("spark.default.parallelism", parts);
  }

  /** What this thread submits from here on carries the stage's name and goes into its pool. */
  private StageTime begin(Stage stage) {
    spark.setJobGroup(request.id(), stage.label() + " " + request.id());
    spark.setLocalProperty("spark.scheduler.pool", stage.label());
    // Spark hands what begins with mdc. to the logs of the tasks.
    spark.setLocalProperty("mdc.request", request.id());
    return new StageTime(stage, Instant.now());
  }

  /** Takes the time until it is closed. */
  private final class StageTime implements AutoCloseable {
    private final Stage stage;
    private final Instant start;

    StageTime(Stage stage, Instant start) {
      this.stage = stage;
      this.start = start;
    }

    @Override
    public void close() {
      times.put(stage, Duration.between(start, Instant.now()));
    }
  }
}
