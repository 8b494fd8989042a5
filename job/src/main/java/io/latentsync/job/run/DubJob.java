package io.latentsync.job.run;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.Rotation;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.face.track.People;
import io.latentsync.face.track.Person;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.spark.NativeMemoryWatch;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.stage.Analyse;
import io.latentsync.job.stage.AudioStage;
import io.latentsync.job.stage.BestAttempts;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Notes;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.SegmentAttempts;
import io.latentsync.job.stage.Stitch;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.StagedFaces;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.staging.StagingLease;
import io.latentsync.job.storage.Location;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The way of one request through the cluster: plan, analyse the faces while the speech is listened
 * to, synthesise, stitch.
 */
public final class DubJob implements AutoCloseable {
  private final JavaSparkContext spark;
  private final SerializableConfiguration hadoop;
  private final Progress progress;
  private final SegmentGroups groups;
  private final DubRequest request;
  private final Location stagingRoot;
  private final RunProfile profile;
  private final Map<Stage, Duration> times = new EnumMap<>(Stage.class);
  private StagingLease lease;

  /**
   * A job that has not begun.
   *
   * @param groups by which its segments become tasks, shared by the requests of a run
   * @param stagingRoot where the request's staging folder is made. After a failure the same request
   *     finds its finished segments there, unless it is profiled.
   * @param profile told what it takes
   */
  public DubJob(
      JavaSparkContext spark,
      Progress progress,
      SegmentGroups groups,
      DubRequest request,
      Location stagingRoot,
      RunProfile profile) {
    this.spark = spark;
    this.hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    this.progress = progress;
    this.groups = groups;
    this.request = request;
    this.stagingRoot = stagingRoot;
    this.profile = profile;
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
      lease =
          profile.isOn()
              ? StagingLease.anew(request, stagingRoot, hadoop.value())
              : StagingLease.take(request, stagingRoot, hadoop.value());
    }
    return lease.staging();
  }

  /**
   * What tells the output from all others: inputs, options, model, and the demands on the lips if
   * segments may be rendered again for them. Staging does not depend on the demands, so that what
   * is kept there serves under others, too.
   *
   * @throws IOException if an input is not there
   */
  String fingerprint() throws IOException {
    SyncOptions sync = request.sync();
    String parts = staging().fingerprint();
    if (!sync.changesOutput()) {
      return parts;
    }
    String judge =
        sync.syncNet().isEmpty() ? "" : new Location(sync.syncNet()).state(hadoop.value());
    return DigestUtils.sha256Hex(String.join("\n", parts, sync.toString(), judge))
        .substring(0, parts.length());
  }

  /** Says that nothing staged is needed any more: the output is there, and that is written down. */
  public void doneWithStaging() {
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
  public Plan plan() throws IOException {
    Staging parts = staging();
    try (StageTime time = begin(Stage.PLAN)) {
      LongAccumulator planned = progress.enter(Stage.PLAN, request.id());
      SerializableConfiguration conf = hadoop;
      RunProfile measured = profile;
      Plan plan =
          spark
              .parallelize(List.of(request), 1)
              .map(
                  r -> {
                    Plan made = Plan.of(r, parts, conf.value(), measured);
                    planned.add(1);
                    return made;
                  })
              .first();
      progress.finish(Stage.PLAN, request.id());
      return plan;
    }
  }

  /**
   * The faces of the source video, as far as this request shows it: those that an earlier run has
   * left in staging, else what a look at each frame finds.
   *
   * @return the faces of each frame, in order
   * @throws IOException if staging cannot be read
   */
  public List<List<DetectedFace>> analyse(Plan plan) throws IOException {
    int frames = plan.playOrder().framesUsed();
    Optional<List<List<DetectedFace>>> staged =
        StagedFaces.find(frames, plan.staging(), hadoop.value());
    if (staged.isPresent()) {
      progress.finish(Stage.ANALYSE, request.id());
      return staged.get();
    }
    return lookForFaces(plan, frames);
  }

  private List<List<DetectedFace>> lookForFaces(Plan plan, int frames) {
    try (StageTime time = begin(Stage.ANALYSE)) {
      LongAccumulator framesDone = progress.enter(Stage.ANALYSE, request.id());
      List<FrameRange> ranges = FrameRange.cut(frames, Analyse.RANGE_FRAMES);
      Broadcast<Plan> shared = spark.broadcast(plan);
      List<List<DetectedFace>> faces =
          spark
              .parallelize(ranges, slices(ranges.size()))
              .mapPartitions(
                  new NativeMemoryWatch<>(
                      new Analyse(shared, turn(shared), hadoop, framesDone, profile)))
              .collect();
      progress.finish(Stage.ANALYSE, request.id());
      return faces;
    }
  }

  /** Which way the heads stand: found out once, so that all ranges are of one mind. */
  private Rotation turn(Broadcast<Plan> plan) {
    SerializableConfiguration conf = hadoop;
    return spark
        .parallelize(List.of(plan), 1)
        .mapPartitions(
            new NativeMemoryWatch<>(
                (Iterator<Broadcast<Plan>> shared) ->
                    List.of(Analyse.turn(shared.next().value(), conf.value())).iterator()))
        .first();
  }

  /** Has the speech listened to by a task, while this thread goes on. */
  private JavaFutureAction<List<Loudness>> listen(Plan plan) {
    submitAs(Stage.SPEECH);
    LongAccumulator heard = progress.enter(Stage.SPEECH, request.id());
    Broadcast<Plan> shared = spark.broadcast(plan);
    SerializableConfiguration conf = hadoop;
    RunProfile measured = profile;
    return spark
        .parallelize(List.of(request.id()), 1)
        .map(
            id -> {
              Loudness loudness = AudioStage.to(shared.value(), conf.value(), measured);
              heard.add(1);
              return loudness;
            })
        .collectAsync();
  }

  private Loudness await(JavaFutureAction<List<Loudness>> listening)
      throws ExecutionException, InterruptedException {
    try (StageTime time = time(Stage.SPEECH)) {
      Loudness loudness = listening.get().get(0);
      progress.finish(Stage.SPEECH, request.id());
      return loudness;
    }
  }

  private static Person choose(People people, Plan plan) throws InvalidInputException {
    DubRequest request = plan.request();
    if (people.count() == 0) {
      throw InvalidInputException.noFace(request.video(), plan.playOrder().framesUsed());
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
  public Summary dub(Plan plan, FutureTask<List<List<DetectedFace>>> faces)
      throws IOException, ExecutionException, InterruptedException {
    JavaFutureAction<List<Loudness>> listening = listen(plan);
    // No frame more than this request shows: what comes later would tell who is who.
    int frames = plan.playOrder().framesUsed();
    FrameRate rate = plan.video().frameRate();
    List<List<DetectedFace>> shown;
    People people;
    Person person;
    Loudness loudness;
    try {
      faces.run();
      shown = faces.get().subList(0, frames);
      people = People.of(shown, rate);
      person = choose(people, plan);
      loudness = await(listening);
    } finally {
      listening.cancel(true); // Does nothing to what is done.
    }
    // For this request alone, also if it was analysed for several: they may end at other times.
    StagedFaces.put(shown, plan.staging(), hadoop.value());
    LongAccumulator warmUp = spark.sc().longAccumulator();
    List<SegmentAttempts> segments = synthesise(plan, person, loudness, warmUp);
    requireUnchanged();
    stitch(plan, segments.stream().map(segment -> segment.kept().take()).toList());
    return new Summary(
        request,
        plan.playOrder(),
        rate,
        times(),
        Duration.ofMillis(warmUp.value()),
        segments,
        FaceReport.of(people, person, frames),
        SyncReport.of(Summary.metrics(segments), loudness.envelope(), rate),
        Stream.concat(
                plan.notes().stream(),
                Notes.ofPictures(Summary.metrics(segments), plan.video()).stream())
            .toList(),
        fingerprint(),
        request.output().state(hadoop.value()));
  }

  /**
   * Refuses parts that were made of several states of the files: each task reads them by itself.
   *
   * @throws InvalidInputException if a file was replaced; nothing is staged then
   */
  private void requireUnchanged() throws IOException {
    Staging parts = staging();
    Staging now = Staging.of(request, stagingRoot, hadoop.value());
    if (!now.fingerprint().equals(parts.fingerprint())) {
      parts.delete(hadoop.value());
      throw new InvalidInputException(
          "%s: an input or a file of the model was replaced while it was being dubbed; run it again"
              .formatted(request.id()));
    }
  }

  private List<SegmentAttempts> synthesise(
      Plan plan, Person person, Loudness loudness, LongAccumulator warmUp) {
    try (StageTime time = begin(Stage.SYNTHESISE)) {
      LongAccumulator framesDone = progress.enter(Stage.SYNTHESISE, request.id());
      List<FaceBoxes> boxes =
          request.sync().syncNet().isEmpty() ? List.of() : boxes(person, plan.playOrder());
      List<SegmentAttempts> segments =
          new BestAttempts(
                  spark,
                  groups,
                  plan,
                  loudness,
                  follow(person, plan),
                  boxes,
                  framesDone,
                  warmUp,
                  profile)
              .make(frames -> progress.expectMore(Stage.SYNTHESISE, request.id(), frames));
      progress.finish(Stage.SYNTHESISE, request.id());
      return segments;
    }
  }

  /** Where the face is in the dubbed video. */
  private static List<FaceBoxes> boxes(Person person, FrameSchedule order) {
    return FaceBoxes.follow(
        IntStream.range(0, order.frames())
            .mapToObj(frame -> person.face(order.source(frame)))
            .toList());
  }

  private void stitch(Plan plan, List<Attempt> takes) {
    try (StageTime time = begin(Stage.STITCH)) {
      LongAccumulator stitched = progress.enter(Stage.STITCH, request.id());
      Broadcast<Plan> shared = spark.broadcast(plan);
      SerializableConfiguration conf = hadoop;
      RunProfile measured = profile;
      spark
          .parallelize(List.of(request.id()), 1)
          .foreach(
              id -> {
                Stitch.output(shared.value(), takes, conf.value(), measured);
                stitched.add(1);
              });
      progress.finish(Stage.STITCH, request.id());
    }
  }

  /** One task for each part, unless the user set another number for all stages. */
  private int slices(int parts) {
    return spark.getConf().getInt("spark.default.parallelism", parts);
  }

  private StageTime begin(Stage stage) {
    submitAs(stage);
    return time(stage);
  }

  private StageTime time(Stage stage) {
    return new StageTime(stage, profile.driver(request.id()).begin(stage.label()));
  }

  /** What this thread submits from here on carries the stage's name and goes into its pool. */
  private void submitAs(Stage stage) {
    spark.setJobGroup(request.id(), stage.label() + " " + request.id());
    spark.setLocalProperty("spark.scheduler.pool", stage.label());
    // Spark hands what begins with mdc. to the logs of the tasks.
    spark.setLocalProperty("mdc.request", request.id());
  }

  /** Takes the time until it is closed. */
  private final class StageTime implements AutoCloseable {
    private final Stage stage;
    private final Trace.Running span;
    private final long start = System.nanoTime();

    StageTime(Stage stage, Trace.Running span) {
      this.stage = stage;
      this.span = span;
    }

    @Override
    public void close() {
      times.put(stage, Duration.ofNanos(System.nanoTime() - start));
      span.close();
    }
  }
}
