package io.latentsync.job;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
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
 * Shows how far a batch is: for each stage a bar over all its requests, with what is done, the
 * speed and the time left, from when the first request enters the stage until the last has left it.
 * The counts come with the executors' heartbeats, so that a long task is seen to move.
 */
final class Progress extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final Map<Stage, Track> tracks = new EnumMap<>(Stage.class);

  /** A stage of the batch. What the attempts of a task that failed had done does not count. */
  private static final class Track {
    private final Stage stage;
    private final long size;
    private final LongAccumulator counter;
    private final Map<Long, Long> doneByTask = new HashMap<>();
    private int requests;
    private ProgressBar bar;

    Track(Stage stage, int requests, long size, LongAccumulator counter) {
      this.stage = stage;
      this.requests = requests;
      this.size = size;
      this.counter = counter;
    }

    void open() {
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName(String.format("%-10s", stage.label()))
                .setInitialMax(size)
                .setUnit(" " + stage.unit(), 1)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(500)
                .build();
      }
    }

    void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }

  Progress(SparkContext spark) {
    this.spark = spark;
    spark.addSparkListener(this);
  }

  /**
   * Says what there is to do in a stage, before any request enters it.
   *
   * @param requests how many requests will go through it
   * @param size how much they are together, in the stage's unit
   */
  synchronized void expect(Stage stage, int requests, long size) {
    tracks.put(
        stage,
        new Track(
            stage, requests, size, spark.longAccumulator(stage.label() + " " + stage.unit())));
  }

  /**
   * A request begins a stage.
   *
   * @return what its tasks count what they finished with
   */
  synchronized LongAccumulator enter(Stage stage) {
    Track track = tracks.get(stage);
    track.open();
    return track.counter;
  }

  /** A request has finished a stage. */
  synchronized void leave(Stage stage) {
    Track track = tracks.get(stage);
    track.requests--;
    if (track.requests == 0) {
      track.bar.stepTo(track.size);
      track.close();
    }
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> show((Long) task._1(), task._4()));
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskInfo().successful()) {
      show(end.taskInfo().taskId(), end.taskInfo().accumulables());
    } else {
      tracks.values().forEach(track -> track.doneByTask.remove(end.taskInfo().taskId()));
    }
  }

  private void show(long task, Iterable<AccumulableInfo> counts) {
    for (AccumulableInfo count : CollectionConverters.asJava(counts)) {
      for (Track track : tracks.values()) {
        if (track.bar != null && count.id() == track.counter.id() && count.update().isDefined()) {
          track.doneByTask.put(task, (Long) count.update().get());
          long done = track.doneByTask.values().stream().mapToLong(Long::longValue).sum();
          track.bar.stepTo(Math.min(done, track.size));
        }
      }
    }
  }

  /** Takes the bars away, also in the middle of a stage that failed. */
  @Override
  public synchronized void close() {
    tracks.values().forEach(Track::close);
    spark.removeSparkListener(this);
  }
}
