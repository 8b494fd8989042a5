package io.latentsync.job.synthesis;

import com.google.common.primitives.Floats;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.NativeFaultWatch;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.spark.TaskResult;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.staging.Attempt;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.record.SegmentDistances;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * Renders and scores the segments of a request. Renders those again whose score is below the
 * minimum. The decisions depend only on the staged results, so a resumed run makes the same ones.
 */
public final class BestAttempts {
  private final JavaSparkContext spark;
  private final TaskSetup setup;
  private final SegmentGroups groups;
  private final Plan plan;
  private final Broadcast<Plan> sharedPlan;
  private final List<FaceLayers> faces;
  private final Broadcast<List<FaceLayers>> sharedFaces;
  private final SynthesisCounters counters;
  private final float[] speechPeaks;
  private final List<float[]> speeches;

  /**
   * The attempts of a request.
   *
   * @param groups grouping of segments into tasks
   * @param loudness of each speech
   * @param faces the new lips of each speaker
   */
  public BestAttempts(
      JavaSparkContext spark,
      TaskSetup setup,
      SegmentGroups groups,
      Plan plan,
      List<Loudness> loudness,
      List<FaceLayers> faces,
      SynthesisCounters counters) {
    this.spark = spark;
    this.setup = setup;
    this.groups = groups;
    this.plan = plan;
    this.sharedPlan = spark.broadcast(plan);
    this.faces = faces;
    this.sharedFaces = spark.broadcast(faces);
    this.counters = counters;
    this.speechPeaks = Floats.toArray(loudness.stream().map(Loudness::peak).toList());
    this.speeches =
        loudness.stream()
            .map(one -> SyncMeasure.withoutDrift(one.envelope(), plan.video().frameRate()))
            .toList();
  }

  /**
   * Renders all segments.
   *
   * @param moreFrames receives the number of frames before they are rendered again
   * @return the segments in order
   * @throws InvalidInputException if an input or a file of the model cannot be used
   */
  public List<SegmentAttempts> make(IntConsumer moreFrames) throws InvalidInputException {
    SyncOptions sync = plan.request().sync();
    double requested = plan.request().rendering().sampling().guidanceScale();
    boolean dynamic = plan.request().rendering().sampling().dynamicGuidance();
    List<SegmentAttempts> segments = new ArrayList<>();
    for (ScoredAttempt attempt : scored(plan.segments(), requested, false)) {
      segments.add(new SegmentAttempts(attempt));
    }
    for (double guidance : sync.retryGuidance()) {
      List<FrameRange> below =
          segments.stream()
              .filter(segment -> segment.below(sync))
              .map(SegmentAttempts::range)
              .toList();
      // No attempt with the request's own guidance scale, which its manifest may have set.
      if (below.isEmpty() || (guidance == requested && !dynamic)) {
        continue;
      }
      moreFrames.accept(below.stream().mapToInt(FrameRange::frames).sum());
      Map<FrameRange, ScoredAttempt> again = new HashMap<>();
      scored(below, guidance, true)
          .forEach(attempt -> again.put(attempt.attempt().segment(), attempt));
      segments.replaceAll(
          segment ->
              again.containsKey(segment.range())
                  ? segment.with(again.get(segment.range()), sync)
                  : segment);
    }
    return List.copyOf(segments);
  }

  private List<ScoredAttempt> scored(List<FrameRange> segments, double guidance, boolean again)
      throws InvalidInputException {
    List<Attempt> attempts =
        segments.stream().map(segment -> new Attempt(segment, guidance, again)).toList();
    Map<Integer, SegmentMetrics> metrics = new HashMap<>();
    for (SegmentMetrics rendered :
        run(
            tasks(attempts),
            new Synthesise(sharedPlan, sharedFaces, speechPeaks, setup, counters))) {
      metrics.put(rendered.getFirstFrame(), rendered);
    }
    groups.learn(List.copyOf(metrics.values()));
    Map<Integer, float[][]> distances = distances(attempts);
    return attempts.stream()
        .map(
            attempt -> {
              int first = attempt.segment().first();
              SegmentMetrics rendered = metrics.get(first);
              return new ScoredAttempt(
                  attempt,
                  rendered,
                  lowestSync(rendered),
                  distances.getOrDefault(first, new float[0][]));
            })
        .toList();
  }

  /** The sync of the face with the lowest correlation at lag 0, among those that have a measure. */
  private Optional<SyncMeasure> lowestSync(SegmentMetrics rendered) {
    FrameRate rate = plan.video().frameRate();
    return IntStream.range(0, faces.size())
        .mapToObj(
            face ->
                SyncReport.measure(
                    rendered, face, speeches.get(faces.get(face).face().speech()), rate))
        .flatMap(Optional::stream)
        .min(Comparator.comparing(SyncMeasure::correlationInPlace));
  }

  /** SyncNet's distances, by the attempts' first frames. */
  private Map<Integer, float[][]> distances(List<Attempt> attempts) throws InvalidInputException {
    Map<Integer, float[][]> distances = new HashMap<>();
    if (plan.request().sync().network().isPresent()) {
      for (SegmentDistances row :
          run(
              spark.parallelize(attempts, slices(attempts.size())),
              new SyncScoring(sharedPlan, sharedFaces, setup.hadoop()))) {
        distances.put(row.getFirstFrame(), windows(row.getDistances()));
      }
    }
    return distances;
  }

  /** Runs a stage on all attempts. */
  private <R> List<R> run(JavaRDD<Attempt> attempts, FlatMapFunction<Iterator<Attempt>, R> stage)
      throws InvalidInputException {
    return TaskResult.values(
        GpuShare.on(attempts, plan.request().rendering())
            .mapPartitions(new NativeFaultWatch<>(new TaskResult.Of<>(stage)))
            .collect());
  }

  private static float[][] windows(List<Float> distances) {
    float[][] windows = new float[distances.size() / SyncNetScore.SHIFTS][SyncNetScore.SHIFTS];
    for (int i = 0; i < distances.size(); i++) {
      windows[i / SyncNetScore.SHIFTS][i % SyncNetScore.SHIFTS] = distances.get(i);
    }
    return windows;
  }

  /** One task per group of segments, unless the user has set {@code spark.default.parallelism}. */
  private JavaRDD<Attempt> tasks(List<Attempt> attempts) {
    if (spark.getConf().contains("spark.default.parallelism")) {
      return spark.parallelize(attempts, slices(attempts.size()));
    }
    Map<FrameRange, Attempt> bySegment =
        attempts.stream().collect(Collectors.toMap(Attempt::segment, attempt -> attempt));
    List<List<Attempt>> tasks =
        groups.of(attempts.stream().map(Attempt::segment).toList()).stream()
            .map(group -> group.stream().map(bySegment::get).toList())
            .toList();
    return spark.parallelize(tasks, tasks.size()).flatMap(List::iterator);
  }

  private int slices(int parts) {
    return spark.getConf().getInt("spark.default.parallelism", parts);
  }
}
