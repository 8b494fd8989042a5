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
 * Shows how far a batch is: for each stage a {@link ProgressDisplay} over all its requests, from
 * when the first request enters the stage until the last has left it. The counts come with the
 * executors' heartbeats, so that a long task is seen to move.
 */
public final class Progress extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final ProgressDisplay.Opener displays;
  private final Map<Stage, Track> tracks = new EnumMap<>(Stage.class);

  /**
   * How far a stage is.
   *
   * @param done of the work of its requests, in the stage's unit
   * @param size that work as a whole, without that of requests which failed
   */
  record Count(long done, long size) {}

  /** The work of one request in a stage. What failed attempts of a task had done is not in it. */
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
      // Two attempts of a task may be under way at once.
      return finished
          ? size
          : Math.min(size, doneByTask.values().stream().mapToLong(Long::longValue).sum());
    }
  }

  /** A stage and what is to be done in it, by request. */
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
   * Follows what a Spark context does until this is closed.
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
   * Says what a request will have to do in a stage, before any request enters it.
   *
   * @param request its id
   * @param size how much, in the stage's unit
   */
  public synchronized void expect(Stage stage, String request, long size) {
    LongAccumulator counter =
        spark.longAccumulator(stage.label() + " " + stage.unit() + " of " + request);
    tracks.get(stage).shares.put(request, new Share(size, counter));
  }

  /**
   * A request begins a stage that it was expected in.
   *
   * @return what its tasks count what they finished with
   */
  public synchronized LongAccumulator enter(Stage stage, String request) {
    Track track = tracks.get(stage);
    track.open();
    return track.shares.get(request).counter;
  }

  /** A request has more to do in a stage than was expected. */
  public synchronized void expectMore(Stage stage, String request, long size) {
    Track track = tracks.get(stage);
    track.shares.get(request).size += size;
    track.show();
  }

  /** A request has done all that it was to do in a stage. */
  public synchronized void finish(Stage stage, String request) {
    Track track = tracks.get(stage);
    track.shares.get(request).finished = true;
    track.show();
  }

  /** A request will not go on: what it has not finished is not to be done any more. */
  public synchronized void drop(String request) {
    for (Track track : tracks.values()) {
      Share share = track.shares.get(request);
      if (share != null && !share.finished) {
        track.shares.remove(request);
        track.show();
      }
    }
  }

  /** How far a stage is. */
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

  /** Ends the displays, also in the middle of a stage that failed. */
  @Override
  public void close() {
    // Spark waits here until the listener has seen every event, for which it needs the lock.
    spark.removeSparkListener(this);
    synchronized (this) {
      tracks.values().forEach(Track::close);
    }
  }
}
