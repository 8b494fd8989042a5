package io.latentsync.job;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;

/**
 * What the tasks of this process have done, for Spark's metrics system ({@link MetricsPlugin}): its
 * user interface, its JSON and Prometheus addresses and every sink that is configured. Counts only
 * grow, from the start of the process.
 */
final class JobMetrics {
  private static final MetricRegistry REGISTRY = new MetricRegistry();

  /** Source frames in which a face was looked for. */
  static final Counter FRAMES_ANALYSED = REGISTRY.counter("frames_analysed");

  /** Of them, those without one. */
  static final Counter FACES_MISSED = REGISTRY.counter("faces_missed");

  /** Frames written to segments. */
  static final Counter FRAMES_RENDERED = REGISTRY.counter("frames_rendered");

  static final Counter SEGMENTS_RENDERED = REGISTRY.counter("segments_rendered");

  /** Segments that an earlier run had left in staging. */
  static final Counter SEGMENTS_REUSED = REGISTRY.counter("segments_reused");

  /** How long tasks took, by stage. */
  static final Timer PLAN = REGISTRY.timer("plan");

  static final Timer ANALYSE = REGISTRY.timer("analyse");
  static final Timer SPEECH = REGISTRY.timer("speech");
  static final Timer SYNTHESISE = REGISTRY.timer("synthesise");
  static final Timer STITCH = REGISTRY.timer("stitch");

  /** How long the networks were warmed up, which is no part of the tasks' other work. */
  static final Timer WARM_UP = REGISTRY.timer("warm_up");

  private JobMetrics() {}

  /** Adds all of them to another registry, which is to show them. */
  static void showIn(MetricRegistry registry) {
    registry.registerAll(REGISTRY);
  }
}
