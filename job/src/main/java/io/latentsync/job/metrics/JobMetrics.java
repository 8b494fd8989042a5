package io.latentsync.job.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.MetricSet;
import com.codahale.metrics.Timer;
import io.latentsync.model.render.HitCount;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;

/**
 * Counters and timers of this process's tasks, for Spark's metrics system ({@link MetricsPlugin}):
 * its web UI, its JSON and Prometheus endpoints and all configured sinks. Counters are 0 at the
 * start of the process and only increase.
 */
public final class JobMetrics {
  private static final MetricRegistry REGISTRY = new MetricRegistry();

  /** Analysed source frames. */
  public static final Counter FRAMES_ANALYSED = REGISTRY.counter("frames_analysed");

  /** Analysed frames without a face. */
  public static final Counter FACES_MISSED = REGISTRY.counter("faces_missed");

  /** Frames written to segments. */
  public static final Counter FRAMES_RENDERED = REGISTRY.counter("frames_rendered");

  /** Frames of this run's dubbed videos; counted on the driver. */
  public static final Counter FRAMES_PLANNED = REGISTRY.counter("frames_planned");

  /** Frames of segments that were found in staging or in the segment cache. */
  public static final Counter FRAMES_REUSED = REGISTRY.counter("frames_reused");

  /** Attempts of tasks after a failed attempt. */
  public static final Counter TASK_RETRIES = REGISTRY.counter("task_retries");

  public static final Counter SEGMENTS_RENDERED = REGISTRY.counter("segments_rendered");

  /** Segments that were found in staging or in the segment cache. */
  public static final Counter SEGMENTS_REUSED = REGISTRY.counter("segments_reused");

  /** Segments that were found in the segment cache. */
  public static final Counter SEGMENT_CACHE_HITS = REGISTRY.counter("segment_cache_hits");

  /** Segments that were neither in staging nor in the segment cache. */
  public static final Counter SEGMENT_CACHE_MISSES = REGISTRY.counter("segment_cache_misses");

  /** Cache hits of remote inputs: this node already had a copy. */
  public static final Counter INPUT_CACHE_HITS = REGISTRY.counter("input_cache_hits");

  /** Cache misses of remote inputs: they were fetched. */
  public static final Counter INPUT_CACHE_MISSES = REGISTRY.counter("input_cache_misses");

  /** Bytes fetched into this node's input cache. */
  public static final Counter INPUT_CACHE_BYTES = REGISTRY.counter("input_cache_bytes");

  /** Cache hits of frame latents. */
  public static final Counter LATENT_HITS = REGISTRY.counter("latent_hits");

  /** Cache misses of frame latents. */
  public static final Counter LATENT_MISSES = REGISTRY.counter("latent_misses");

  /** Cache hits of hidden states of speech windows. */
  public static final Counter WINDOW_HITS = REGISTRY.counter("window_hits");

  /** Cache misses of hidden states of speech windows. */
  public static final Counter WINDOW_MISSES = REGISTRY.counter("window_misses");

  /** Duration of tasks, by stage. */
  private static final Map<Stage, Timer> STAGES = new EnumMap<>(Stage.class);

  static {
    for (Stage stage : Stage.values()) {
      STAGES.put(stage, REGISTRY.timer(stage.label()));
    }
  }

  /** Duration of the networks' warm-up. */
  public static final Timer WARM_UP = REGISTRY.timer("warm_up");

  /** The name of the gauge of this machine's GPU utilisation, 0 to 1; 0 without a GPU. */
  static final String GPU_UTILISATION = "gpu_utilisation";

  private static final GpuUtilisation GPUS = new GpuUtilisation();

  static {
    REGISTRY.register(GPU_UTILISATION, (Gauge<Double>) () -> GPUS.getValue().busy());
  }

  private JobMetrics() {}

  /** The timer of a stage's tasks. */
  static Timer stage(Stage stage) {
    return STAGES.get(stage);
  }

  /** Adds the hits and misses of a cache. */
  public static void count(HitCount cache, Counter hits, Counter misses) {
    hits.inc(cache.found());
    misses.inc(cache.asked() - cache.found());
  }

  /** Registers all metrics in another registry. */
  static void showIn(MetricRegistry registry) {
    registry.registerAll(REGISTRY);
  }

  /** All metrics. */
  static MetricSet all() {
    return REGISTRY;
  }

  /** All counters by name. */
  static SortedMap<String, Counter> counters() {
    return REGISTRY.getCounters();
  }

  /** The current counts of this process, for the driver. */
  static ExecutorCounts counts(String executor, String endpoint) {
    Map<String, Long> values = new HashMap<>();
    counters().forEach((name, counter) -> values.put(name, counter.getCount()));
    GpuUtilisation.Sample gpus = GPUS.getValue();
    return new ExecutorCounts(executor, values, gpus.gpus(), gpus.busy(), endpoint);
  }
}
