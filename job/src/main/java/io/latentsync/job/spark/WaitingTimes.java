package io.latentsync.job.spark;

import io.latentsync.job.metrics.Stage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Measures the time that requests of a batch wait for cores. A request waits while one of its
 * stages has a Spark job, but no running task.
 */
public final class WaitingTimes extends SparkListener implements AutoCloseable {
  /** The local property with the id of the request that a Spark job is for. */
  public static final String REQUEST = "mdc.request";

  /** The local property with the stage that a Spark job is for. */
  public static final String STAGE = "spark.scheduler.pool";

  /** Maximum wait for pending events of Spark. If they take longer, the times are less exact. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final SparkContext spark;
  private final Map<Key, Clock> clocks = new HashMap<>();
  private final Map<Integer, Clock> clocksOfJobs = new HashMap<>();
  private final Map<Integer, Clock> clocksOfStages = new HashMap<>();

  /** A stage of a request, as the local properties name them. */
  private record Key(String request, String stage) {}

  /** The unfinished jobs and tasks of a stage of a request. */
  private static final class Clock {
    private int jobs;
    private int tasks;
    private long waited;
    private long since;

    /** Records the start or end of a job or task. */
    void change(long millis, int moreJobs, int moreTasks) {
      waited = waited(millis);
      since = millis;
      jobs += moreJobs;
      tasks += moreTasks;
    }

    long waited(long millis) {
      return waited + (jobs > 0 && tasks == 0 ? Math.max(0, millis - since) : 0);
    }
  }

  /** An event that shows, on delivery, that all earlier events were delivered. */
  private record Mark(CountDownLatch delivered) implements SparkListenerEvent {
    @Override
    public boolean logEvent() {
      return false;
    }
  }

  /** Registers as a listener of a Spark context until this is closed. */
  public WaitingTimes(SparkContext spark) {
    this.spark = spark;
    spark.addSparkListener(this);
  }

  /**
   * The time that a stage of a request has waited so far. If the thread is interrupted, pending
   * events are not included.
   */
  public Duration of(String request, Stage stage) {
    CountDownLatch delivered = new CountDownLatch(1);
    spark.listenerBus().post(new Mark(delivered));
    try {
      delivered.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      Clock clock = clocks.get(new Key(request, stage.label()));
      return Duration.ofMillis(clock == null ? 0 : clock.waited(System.currentTimeMillis()));
    }
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    Properties properties = start.properties();
    if (properties == null || properties.getProperty(REQUEST) == null) {
      return;
    }
    Key key = new Key(properties.getProperty(REQUEST), properties.getProperty(STAGE));
    Clock clock = clocks.computeIfAbsent(key, any -> new Clock());
    clock.change(start.time(), 1, 0);
    clocksOfJobs.put(start.jobId(), clock);
    for (StageInfo stage : CollectionConverters.asJava(start.stageInfos())) {
      clocksOfStages.put(stage.stageId(), clock);
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    Clock clock = clocksOfJobs.remove(end.jobId());
    if (clock != null) {
      clock.change(end.time(), -1, 0);
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    Clock clock = clocksOfStages.get(start.stageId());
    if (clock != null) {
      clock.change(start.taskInfo().launchTime(), 0, 1);
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    Clock clock = clocksOfStages.get(end.stageId());
    if (clock != null) {
      clock.change(end.taskInfo().finishTime(), 0, -1);
    }
  }

  @Override
  public void onOtherEvent(SparkListenerEvent event) {
    if (event instanceof Mark mark) {
      mark.delivered().countDown();
    }
  }

  @Override
  public void close() {
    spark.removeSparkListener(this);
  }
}
