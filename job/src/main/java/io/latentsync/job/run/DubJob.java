package io.latentsync.job.run;

import io.latentsync.face.track.People;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.provenance.DubbedFrames;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.result.OutputFingerprint;
import io.latentsync.job.result.RequestTimes;
import io.latentsync.job.result.SpeakerReport;
import io.latentsync.job.result.Summary;
import io.latentsync.job.spark.TaskResult;
import io.latentsync.job.stage.AudioStage;
import io.latentsync.job.stage.InputDamage;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Notes;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.Stitch;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.SegmentCache;
import io.latentsync.job.staging.StagedFaces;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.staging.StagingLease;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.synthesis.BestAttempts;
import io.latentsync.job.synthesis.FaceLayers;
import io.latentsync.job.synthesis.SegmentAttempts;
import io.latentsync.job.synthesis.SpokenFace;
import io.latentsync.job.synthesis.SynthesisCounters;
import io.latentsync.media.video.FrameState;
import io.latentsync.model.validate.Validation;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Runs the stages of one request on the cluster: plan, face analysis and speech at the same time,
 * synthesis, stitching.
 */
public final class DubJob implements AutoCloseable {
  private final DubContext context;
  private final JavaSparkContext spark;
  private final TaskSetup setup;
  private final StageTracker stages;
  private final DubRequest request;
  private final Location stagingRoot;
  private StagingLease lease;

  /**
   * A job for a request.
   *
   * @param stagingRoot parent of the request's staging folder. A later run of the same request
   *     reuses the finished segments in it, unless the request is profiled.
   */
  public DubJob(DubContext context, DubRequest request, Location stagingRoot) {
    this.context = context;
    this.spark = context.spark();
    this.setup =
        new TaskSetup(
            new SerializableConfiguration(spark.hadoopConfiguration()), context.profile());
    this.stages = new StageTracker(context, request.id());
    this.request = request;
    this.stagingRoot = stagingRoot;
  }

  DubRequest request() {
    return request;
  }

  /** The times of all ended or failed stages, and the queued time until now. */
  RequestTimes times() {
    return stages.times();
  }

  /**
   * The staging folder of this request. The first call takes its lease.
   *
   * @throws IOException if an input does not exist
   */
  Staging staging() throws IOException {
    if (lease == null) {
      lease =
          context.profile().isOn()
              ? StagingLease.fresh(request, stagingRoot, access(), setup.hadoop().value())
              : StagingLease.take(request, stagingRoot, access(), setup.hadoop().value());
    }
    return lease.staging();
  }

  /**
   * On a cluster, the executors may run as another user of the driver's group, who needs access.
   */
  private LocalFolder.Access access() {
    return spark.isLocal() ? LocalFolder.Access.OWNER : LocalFolder.Access.GROUP;
  }

  /**
   * The fingerprint of the output, see {@link OutputFingerprint}.
   *
   * @throws IOException if an input does not exist
   */
  String fingerprint() throws IOException {
    return OutputFingerprint.of(request, staging(), setup.hadoop().value());
  }

  /**
   * Marks the staging folder as no longer needed, after the output and its result row are written.
   */
  public void discardStaging() {
    lease.done();
  }

  /** Releases the staging folder. Another run can resume from its finished segments. */
  @Override
  public void close() throws IOException {
    if (lease != null) {
      lease.close();
    }
  }

  /**
   * Checks the inputs and plans the request.
   *
   * @throws IOException if an input does not exist or is damaged
   */
  public Plan plan() throws IOException {
    Staging staging = staging();
    try (StageTracker.Running time = stages.begin(Stage.PLAN)) {
      LongAccumulator planned = stages.enter(Stage.PLAN);
      TaskSetup tasks = setup;
      Plan plan =
          TaskResult.values(
                  spark
                      .parallelize(List.of(request), 1)
                      .flatMap(
                          new TaskResult.Of<>(
                              (DubRequest input) -> {
                                Plan result = Plan.of(input, staging, tasks);
                                planned.add(1);
                                return List.of(result).iterator();
                              }))
                      .collect())
              .get(0);
      stages.finish(Stage.PLAN);
      damage(plan, List.of());
      return plan;
    }
  }

  /** Measures the damage of the inputs. Fails if it exceeds the limit. */
  private InputDamage damage(Plan plan, List<FrameState> states) throws InvalidInputException {
    InputDamage damage = InputDamage.of(plan.schedule(), plan.video(), plan.speeches(), states);
    damage.require(request.onDamaged(), request.video(), request.speeches());
    return damage;
  }

  /**
   * Detects the faces in the source frames that this request uses, see {@link FaceAnalysis#run}.
   *
   * @throws IOException if staging cannot be read
   */
  public List<AnalysedFrame> analyse(Plan plan) throws IOException {
    return new FaceAnalysis(spark, setup, stages).run(plan);
  }

  /** Starts the speech stage in a Spark task and returns at once. */
  private JavaFutureAction<List<TaskResult<Loudness>>> prepareSpeech(Plan plan) {
    stages.submitAs(Stage.SPEECH);
    LongAccumulator done = stages.enter(Stage.SPEECH);
    Broadcast<Plan> shared = spark.broadcast(plan);
    TaskSetup tasks = setup;
    return spark
        .parallelize(List.of(request.id()), 1)
        .flatMap(
            new TaskResult.Of<>(
                (String id) -> {
                  List<Loudness> loudness = AudioStage.run(shared.value(), tasks);
                  done.add(1);
                  return loudness.iterator();
                }))
        .collectAsync();
  }

  private List<Loudness> await(JavaFutureAction<List<TaskResult<Loudness>>> speech)
      throws InvalidInputException, ExecutionException, InterruptedException {
    try (StageTracker.Running time = stages.time(Stage.SPEECH)) {
      List<Loudness> loudness = TaskResult.values(speech.get());
      stages.finish(Stage.SPEECH);
      return loudness;
    }
  }

  private static People people(List<AnalysedFrame> frames, Plan plan) {
    return People.of(
        frames.stream().limit(plan.schedule().framesUsed()).map(AnalysedFrame::faces).toList(),
        plan.schedule().shots(),
        plan.video().frameRate());
  }

  /**
   * Synthesises the dubbed video and writes the output. The segments stay in staging until this job
   * is closed.
   *
   * @param faces analysis of the source video, of at least the frames that this request uses.
   *     Several requests can share it: the first one runs it, the others wait.
   * @return the summary of the request
   * @throws IOException if an input cannot be used or the output cannot be written
   * @throws ExecutionException if the analysis failed
   */
  public Summary dub(Plan planned, FutureTask<List<AnalysedFrame>> faces)
      throws IOException, ExecutionException, InterruptedException {
    JavaFutureAction<List<TaskResult<Loudness>>> speech = prepareSpeech(planned);
    // Without frames that only other requests use: they could change how people are numbered.
    int frames = planned.schedule().framesUsed();
    FrameRate rate = planned.video().frameRate();
    List<AnalysedFrame> analysed;
    Plan plan;
    InputDamage damage;
    People people;
    List<SpokenFace> spoken;
    List<Loudness> loudness;
    try {
      faces.run();
      analysed = faces.get().subList(0, frames);
      damage = damage(planned, analysed.stream().map(AnalysedFrame::state).toList());
      plan = planned.analysed(analysed);
      people = people(analysed, plan);
      spoken = SpokenFace.all(people, plan);
      loudness = await(speech);
    } finally {
      speech.cancel(true); // No effect on a finished task.
    }
    // Each request stages its own copy, because requests that share an analysis end at different
    // times.
    StagedFaces.put(analysed, plan.staging(), setup.hadoop().value());
    LongAccumulator warmUp = spark.sc().longAccumulator();
    List<FaceLayers> lips =
        spoken.stream()
            .map(
                speaker ->
                    FaceLayers.of(speaker.face(), loudness.get(speaker.face().speech()), plan))
            .toList();
    List<SegmentAttempts> segments = synthesise(plan, lips, loudness, warmUp);
    requireUnchanged();
    stitch(plan, segments.stream().map(segment -> segment.kept().attempt()).toList(), lips);
    List<SpeakerReport> speakers =
        SpeakerReport.all(spoken, lips, people, plan, loudness, Summary.metrics(segments));
    Optional<Validation> validation =
        request.finishing().validated()
            ? Optional.of(
                new OutputValidation(spark, setup, stages)
                    .run(plan, lips, loudness, speakers, Summary.metrics(segments)))
            : Optional.empty();
    return new Summary(
        request,
        plan.schedule(),
        rate,
        stages.times(),
        Duration.ofMillis(warmUp.value()),
        segments,
        speakers,
        validation,
        Stream.of(
                damage.notes(),
                plan.notes(),
                Notes.ofPictures(Summary.metrics(segments), plan.video()))
            .flatMap(List::stream)
            .toList(),
        fingerprint(),
        request.output().state(setup.hadoop().value()));
  }

  /**
   * Checks that no input changed during the run. Each task reads the files itself, so segments of
   * different versions could be mixed.
   *
   * @throws InvalidInputException if a file was replaced; the staging folder is deleted then
   */
  private void requireUnchanged() throws IOException {
    Staging staging = staging();
    Staging now = Staging.of(request, stagingRoot, setup.hadoop().value());
    if (!now.fingerprint().equals(staging.fingerprint())) {
      staging.delete(setup.hadoop().value());
      throw new InvalidInputException(
          "%s: an input or a model file was replaced during the run; run the command again"
              .formatted(request.id()));
    }
  }

  private List<SegmentAttempts> synthesise(
      Plan plan, List<FaceLayers> faces, List<Loudness> loudness, LongAccumulator warmUp)
      throws IOException {
    Optional<SegmentCache> cache = SegmentCache.of(stagingRoot, setup.hadoop().value());
    if (cache.isPresent()) {
      cache.get().claim(access());
    }
    try (StageTracker.Running time = stages.begin(Stage.SYNTHESISE)) {
      SynthesisCounters counters = new SynthesisCounters(stages.enter(Stage.SYNTHESISE), warmUp);
      List<SegmentAttempts> segments =
          new BestAttempts(spark, setup, context.groups(), plan, loudness, faces, counters)
              .make(frames -> stages.expectMore(Stage.SYNTHESISE, frames));
      stages.finish(Stage.SYNTHESISE);
      return segments;
    }
  }

  private void stitch(Plan plan, List<Attempt> attempts, List<FaceLayers> faces)
      throws InvalidInputException {
    try (StageTracker.Running time = stages.begin(Stage.STITCH)) {
      LongAccumulator stitched = stages.enter(Stage.STITCH);
      Broadcast<Plan> shared = spark.broadcast(plan);
      TaskSetup tasks = setup;
      List<DubbedFrames> dubbed = faces.stream().map(lips -> lips.frames(plan)).toList();
      TaskResult.values(
          spark
              .parallelize(List.of(request.id()), 1)
              .flatMap(
                  new TaskResult.Of<>(
                      (String id) -> {
                        Stitch.output(shared.value(), attempts, dubbed, tasks);
                        stitched.add(1);
                        return List.of(id).iterator();
                      }))
              .collect());
      stages.finish(Stage.STITCH);
    }
  }
}
