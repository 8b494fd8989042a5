package io.latentsync.job.spark;

import io.latentsync.job.metrics.Stage;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.collection.Iterable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Reports the progress of a batch: one {@link ProgressDisplay} per stage for all requests, from the
 * start of the first request to the end of the last. The counts arrive with the executors'
 * heartbeats, so progress within a long task is visible.
 */
public final class Progress extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final ProgressDisplay.Opener displays;
  private final Map<Stage, Track> tracks = new EnumMap<>(Stage.class);

  /**
   * The progress of a stage.
   *
   * @param done finished work of all requests, in the stage's unit
   * @param size total work of all requests that have not failed
   */
  record Count(long done, long size) {}

  /** The work of one request in a stage, without the work of failed task attempts. */
  private static final class Share {
    private long size;
    private final LongAccumulator counter;
    private final Map<Long, Long> doneByTask = new HashMap<>();
    private boolean finished;

    Share(long size, LongAccumulator counter) {
      this.size = size;
      this.counter = counter;
    }

    long done() {
      // Two attempts of a task may run at the same time.
      return finished
          ? size
          : Math.min(size, doneByTask.values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /** The progress of a stage: the work of each request. */
  private final class Track {
    private final Stage stage;
    private final Map<String, Share> shares = new LinkedHashMap<>();
    private ProgressDisplay display;

    Track(Stage stage) {
      this.stage = stage;
    }

    Count count() {
      return new Count(
          shares.values().stream().mapToLong(Share::done).sum(),
          shares.values().stream().mapToLong(share -> share.size).sum());
    }

    void open() {
      if (display == null) {
        display = displays.open(stage.label(), stage.unit(), count().size());
      }
    }

    void show() {
      if (display != null) {
        Count count = count();
        display.show(count.done(), count.size());
        if (shares.values().stream().allMatch(share -> share.finished)) {
          close();
        }
      }
    }

    void close() {
      if (display != null) {
        display.close();
        display = null;
      }
    }
  }

  /**
   * Registers as a listener of a Spark context until this is closed.
   *
   * @param displays opens the display of each stage
   */
  public Progress(SparkContext spark, ProgressDisplay.Opener displays) {
    this.spark = spark;
    this.displays = displays;
    for (Stage stage : Stage.values()) {
      tracks.put(stage, new Track(stage));
    }
    spark.addSparkListener(this);
  }

  /**
   * Registers the expected work of a request in a stage, before any request enters it.
   *
   * @param request id of the request
   * @param size amount of work, in the stage's unit
   */
  public synchronized void expect(Stage stage, String request, long size) {
    LongAccumulator counter =
        spark.longAccumulator(stage.label() + " " + stage.unit() + " of " + request);
    tracks.get(stage).shares.put(request, new Share(size, counter));
  }

  /**
   * Begins the work of a request in a stage.
   *
   * @return the counter for its tasks' finished work
   */
  public synchronized LongAccumulator enter(Stage stage, String request) {
    Track track = tracks.get(stage);
    track.open();
    return track.shares.get(request).counter;
  }

  /** Adds work of a request to a stage. */
  public synchronized void expectMore(Stage stage, String request, long size) {
    Track track = tracks.get(stage);
    track.shares.get(request).size += size;
    track.show();
  }

  /** Ends the work of a request in a stage. */
  public synchronized void finish(Stage stage, String request) {
    Track track = tracks.get(stage);
    track.shares.get(request).finished = true;
    track.show();
  }

  /** Removes the unfinished work of a failed request. */
  public synchronized void drop(String request) {
    for (Track track : tracks.values()) {
      Share share = track.shares.get(request);
      if (share != null && !share.finished) {
        track.shares.remove(request);
        track.show();
      }
    }
  }

  /** The progress of a stage. */
  synchronized Count count(Stage stage) {
    return tracks.get(stage).count();
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> take((Long) task._1(), task._4()));
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    long task = end.taskInfo().taskId();
    if (end.taskInfo().successful()) {
      take(task, end.taskInfo().accumulables());
    } else {
      for (Track track : tracks.values()) {
        track.shares.values().forEach(share -> share.doneByTask.remove(task));
        track.show();
      }
    }
  }

  private void take(long task, Iterable<AccumulableInfo> counts) {
    for (AccumulableInfo count : CollectionConverters.asJava(counts)) {
      for (Track track : tracks.values()) {
        for (Share share : track.shares.values()) {
          if (count.id() == share.counter.id() && count.update().isDefined()) {
            share.doneByTask.put(task, (Long) count.update().get());
            track.show();
          }
        }
      }
    }
  }

  /** Closes the displays, also if a stage has failed. */
  @Override
  public void close() {
    // Without the lock: Spark waits until the listener, which needs it, has processed all events.
    spark.removeSparkListener(this);
    synchronized (this) {
      tracks.values().forEach(Track::close);
    }
  }
}
