package io.latentsync.job.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.latentsync.model.render.HitCount;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the tasks of this process have done, for Spark's metrics system ({@link MetricsPlugin}): its
 * user interface, its JSON and Prometheus addresses and every sink that is configured. Counts only
 * grow, from the start of the process.
 */
public final class JobMetrics {
  private static final MetricRegistry REGISTRY = new MetricRegistry();

  /** Source frames in which a face was looked for. */
  public static final Counter FRAMES_ANALYSED = REGISTRY.counter("frames_analysed");

  /** Of them, those without one. */
  public static final Counter FACES_MISSED = REGISTRY.counter("faces_missed");

  /** Frames written to segments. */
  public static final Counter FRAMES_RENDERED = REGISTRY.counter("frames_rendered");

  public static final Counter SEGMENTS_RENDERED = REGISTRY.counter("segments_rendered");

  /** Segments that an earlier run had left in staging. */
  public static final Counter SEGMENTS_REUSED = REGISTRY.counter("segments_reused");

  /** Inputs on other file systems of which this node had a copy. */
  public static final Counter INPUT_CACHE_HITS = REGISTRY.counter("input_cache_hits");

  /** Those that had to be fetched. */
  public static final Counter INPUT_CACHE_MISSES = REGISTRY.counter("input_cache_misses");

  /** Bytes that were fetched into this node's copies. */
  public static final Counter INPUT_CACHE_BYTES = REGISTRY.counter("input_cache_bytes");

  /** Latents of frames that were known already. */
  public static final Counter LATENT_HITS = REGISTRY.counter("latent_hits");

  /** Those that had to be computed. */
  public static final Counter LATENT_MISSES = REGISTRY.counter("latent_misses");

  /** Windows of the speech whose hidden states were known already. */
  public static final Counter WINDOW_HITS = REGISTRY.counter("window_hits");

  /** Those that had to be computed. */
  public static final Counter WINDOW_MISSES = REGISTRY.counter("window_misses");

  /** How long tasks took, by stage. */
  private static final Map<Stage, Timer> STAGES = new EnumMap<>(Stage.class);

  static {
    for (Stage stage : Stage.values()) {
      STAGES.put(stage, REGISTRY.timer(stage.label()));
    }
  }

  /** How long the networks were warmed up, which is no part of the tasks' other work. */
  public static final Timer WARM_UP = REGISTRY.timer("warm_up");

  private JobMetrics() {}

  /** How long the tasks of a stage took. */
  static Timer stage(Stage stage) {
    return STAGES.get(stage);
  }

  /** Counts what a cache of this process was asked for. */
  public static void count(HitCount cache, Counter hits, Counter misses) {
    hits.inc(cache.found());
    misses.inc(cache.asked() - cache.found());
  }

  /** Adds all of them to another registry, which is to show them. */
  static void showIn(MetricRegistry registry) {
    registry.registerAll(REGISTRY);
  }
}
