package io.latentsync.job;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.collection.Iterable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Shows how far the stages are: a bar with frames done, frames a second and the time left. The
 * counts come with the executors' heartbeats, so that a long task is seen to move.
 */
final class Progress extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final List<StageTime> times = new ArrayList<>();
  private volatile Stage stage;

  /** How long a stage took. */
  record StageTime(String stage, Duration time) {}

  /** A stage that is under way. A task that is tried again counts once. */
  private record Stage(
      String name,
      Instant start,
      LongAccumulator counter,
      Map<Long, Long> doneByTask,
      ProgressBar bar) {}

  Progress(SparkContext spark) {
    this.spark = spark;
    spark.addSparkListener(this);
  }

  /**
   * Ends the stage before and begins the next.
   *
   * @param name what the user sees
   * @param size how much there is to do
   * @param unit of what
   */
  void stage(String name, long size, String unit) {
    endStage();
    stage =
        new Stage(
            name,
            Instant.now(),
            spark.longAccumulator(name + " " + unit),
            new ConcurrentHashMap<>(),
            new ProgressBarBuilder()
                .setTaskName(String.format("%-10s", name))
                .setInitialMax(size)
                .setUnit(" " + unit, 1)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .build());
  }

  /** What the tasks of this stage count what they finished with. */
  LongAccumulator counter() {
    return stage.counter();
  }

  /** Ends the stage that is under way, if one is. */
  void endStage() {
    Stage ended = stage;
    if (ended != null) {
      stage = null;
      ended.bar().stepTo(ended.bar().getMax());
      ended.bar().close();
      times.add(new StageTime(ended.name(), Duration.between(ended.start(), Instant.now())));
    }
  }

  /** The stages that have ended, in order. */
  List<StageTime> times() {
    return List.copyOf(times);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> show((Long) task._1(), task._4()));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    show(end.taskInfo().taskId(), end.taskInfo().accumulables());
  }

  private void show(long task, Iterable<AccumulableInfo> counts) {
    Stage shown = stage;
    if (shown == null) {
      return;
    }
    for (AccumulableInfo count : CollectionConverters.asJava(counts)) {
      if (count.id() == shown.counter().id() && count.update().isDefined()) {
        shown.doneByTask().put(task, (Long) count.update().get());
      }
    }
    long done = shown.doneByTask().values().stream().mapToLong(Long::longValue).sum();
    shown.bar().stepTo(Math.min(done, shown.bar().getMax()));
  }

  /** Takes the bar away, also in the middle of a stage that failed. */
  @Override
  public void close() {
    if (stage != null) {
      stage.bar().close();
      stage = null;
    }
    spark.removeSparkListener(this);
  }
}
