package io.latentsync.job.stage;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.NativeMemoryWatch;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.staging.Attempt;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncNetScore;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.record.SegmentDistances;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Has the segments of a request rendered and judged, and those again that fall short of what was
 * asked for. What is decided depends on what staging holds alone, and that is found again: a run
 * that goes on decides as the one before it did.
 */
public final class BestAttempts {
  private final JavaSparkContext spark;
  private final SerializableConfiguration hadoop;
  private final SegmentGroups groups;
  private final Plan plan;
  private final Broadcast<Plan> sharedPlan;
  private final Broadcast<FaceMatrices> matrices;
  private final Broadcast<List<FaceBoxes>> boxes;
  private final LongAccumulator framesDone;
  private final LongAccumulator warmUp;
  private final RunProfile profile;
  private final float speechPeak;
  private final float[] speech;

  /**
   * The takes of a request.
   *
   * @param groups by which segments become tasks
   * @param loudness how loud the speech is
   * @param matrices where the face is in the source's frames
   * @param boxes where it is in the dubbed video's, for SyncNet; none without it
   * @param framesDone told of every frame that is rendered
   * @param warmUp told how many milliseconds the networks were warmed up
   * @param profile told what it takes
   */
  public BestAttempts(
      JavaSparkContext spark,
      SegmentGroups groups,
      Plan plan,
      Loudness loudness,
      FaceMatrices matrices,
      List<FaceBoxes> boxes,
      LongAccumulator framesDone,
      LongAccumulator warmUp,
      RunProfile profile) {
    this.spark = spark;
    this.hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    this.groups = groups;
    this.plan = plan;
    this.sharedPlan = spark.broadcast(plan);
    this.matrices = spark.broadcast(matrices);
    this.boxes = spark.broadcast(boxes);
    this.framesDone = framesDone;
    this.warmUp = warmUp;
    this.profile = profile;
    this.speechPeak = loudness.peak();
    this.speech = SyncMeasure.withoutDrift(loudness.envelope(), plan.video().frameRate());
  }

  /**
   * Renders.
   *
   * @param moreFrames told how many frames are to be rendered again, before they are
   * @return the segments in order
   */
  public List<SegmentAttempts> make(IntConsumer moreFrames) {
    SyncOptions sync = plan.request().sync();
    double asked = plan.request().rendering().sampling().guidanceScale();
    boolean dynamic = plan.request().rendering().sampling().dynamicGuidance();
    List<SegmentAttempts> segments = new ArrayList<>();
    for (ScoredAttempt take : judged(plan.segments(), asked, false)) {
      segments.add(new SegmentAttempts(take));
    }
    for (double guidance : sync.retryGuidance()) {
      List<FrameRange> below =
          segments.stream()
              .filter(segment -> segment.below(sync))
              .map(SegmentAttempts::range)
              .toList();
      // A request of a manifest may have the scale already.
      if (below.isEmpty() || (guidance == asked && !dynamic)) {
        continue;
      }
      moreFrames.accept(below.stream().mapToInt(FrameRange::frames).sum());
      Map<FrameRange, ScoredAttempt> again = new HashMap<>();
      judged(below, guidance, true).forEach(take -> again.put(take.take().segment(), take));
      segments.replaceAll(
          segment ->
              again.containsKey(segment.range())
                  ? segment.with(again.get(segment.range()), sync)
                  : segment);
    }
    return List.copyOf(segments);
  }

  private List<ScoredAttempt> judged(List<FrameRange> segments, double guidance, boolean again) {
    Map<Integer, SegmentMetrics> metrics = new HashMap<>();
    for (SegmentMetrics rendered :
        GpuShare.on(segmentTasks(segments), plan.request().rendering())
            .mapPartitions(
                new NativeMemoryWatch<>(
                    new Synthesise(
                        sharedPlan,
                        matrices,
                        speechPeak,
                        guidance,
                        again,
                        hadoop,
                        framesDone,
                        warmUp,
                        profile)))
            .collect()) {
      metrics.put(rendered.getFirstFrame(), rendered);
    }
    groups.learn(List.copyOf(metrics.values()));
    List<Attempt> takes =
        segments.stream().map(segment -> new Attempt(segment, guidance, again)).toList();
    Map<Integer, float[][]> distances = distances(takes);
    return takes.stream()
        .map(
            take -> {
              int first = take.segment().first();
              SegmentMetrics rendered = metrics.get(first);
              return new ScoredAttempt(
                  take,
                  rendered,
                  SyncReport.measure(rendered, speech, plan.video().frameRate()),
                  distances.getOrDefault(first, new float[0][]));
            })
        .toList();
  }

  /** SyncNet's distances by the takes' first frames. */
  private Map<Integer, float[][]> distances(List<Attempt> takes) {
    Map<Integer, float[][]> distances = new HashMap<>();
    if (!plan.request().sync().syncNet().isEmpty()) {
      for (SegmentDistances row :
          GpuShare.on(spark.parallelize(takes, slices(takes.size())), plan.request().rendering())
              .mapPartitions(new NativeMemoryWatch<>(new SyncScoring(sharedPlan, boxes, hadoop)))
              .collect()) {
        distances.put(row.getFirstFrame(), windows(row.getDistances()));
      }
    }
    return distances;
  }

  private static float[][] windows(List<Float> distances) {
    float[][] windows = new float[distances.size() / SyncNetScore.SHIFTS][SyncNetScore.SHIFTS];
    for (int i = 0; i < distances.size(); i++) {
      windows[i / SyncNetScore.SHIFTS][i % SyncNetScore.SHIFTS] = distances.get(i);
    }
    return windows;
  }

  /** A task for each group of segments, unless the user set a number for all stages. */
  private JavaRDD<FrameRange> segmentTasks(List<FrameRange> segments) {
    if (spark.getConf().contains("spark.default.parallelism")) {
      return spark.parallelize(segments, slices(segments.size()));
    }
    List<List<FrameRange>> tasks = groups.of(segments);
    return spark.parallelize(tasks, tasks.size()).flatMap(List::iterator);
  }

  private int slices(int parts) {
    return spark.getConf().getInt("spark.default.parallelism", parts);
  }
}
