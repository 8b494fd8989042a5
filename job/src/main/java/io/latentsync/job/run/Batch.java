package io.latentsync.job.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.result.Outcome;
import io.latentsync.job.result.Results;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.spark.SynthesisSlots;
import io.latentsync.job.spark.WaitingTimes;
import io.latentsync.job.stage.NumericTrial;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.storage.Location;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.record.RequestResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Dubs many videos. All requests are planned first. Then the longest ones start first, so that no
 * long request runs alone at the end. A video with several speeches is analysed once. A failed
 * request does not stop the others. A request that an earlier run has finished is not dubbed again.
 */
public final class Batch {
  private static final int FEWEST_AT_ONCE = 4;
  private static final int MOST_AT_ONCE = 64;

  /** Maximum time that an interrupted batch waits for the end of its tasks. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private static final Duration CANCEL_AGAIN = Duration.ofMillis(100);

  private final JavaSparkContext spark;
  private final Progress progress;
  private final Results results;
  private final boolean keepStaging;
  private final RunProfile profile;

  /**
   * The key of an analysis. It contains the frame rate policy, which determines the source frames.
   */
  private record Frames(Location video, FrameRatePolicy fps) {}

  /** A planned request. */
  private record Planned(DubJob job, Plan plan) {
    Frames source() {
      DubRequest request = plan.request();
      return new Frames(request.video().normalized(), request.rendering().timeline().fps());
    }

    String id() {
      return plan.request().id();
    }

    int frames() {
      return plan.schedule().frames();
    }

    int sourceFrames() {
      return plan.schedule().framesUsed();
    }
  }

  /**
   * A batch without a profile.
   *
   * @param results results of earlier runs; this batch adds its own
   * @param keepStaging whether the staging folder of a finished request is kept
   */
  public Batch(JavaSparkContext spark, Progress progress, Results results, boolean keepStaging) {
    this(spark, progress, results, keepStaging, RunProfile.OFF);
  }

  /**
   * A batch with a profile.
   *
   * @param profile collects the measurements; if it is on, staging folders and caches of earlier
   *     runs are not used
   */
  public Batch(
      JavaSparkContext spark,
      Progress progress,
      Results results,
      boolean keepStaging,
      RunProfile profile) {
    this.spark = spark;
    this.progress = progress;
    this.results = results;
    this.keepStaging = keepStaging;
    this.profile = profile;
  }

  /**
   * Dubs all requests that are not finished.
   *
   * @param requests with distinct ids and outputs
   * @param stagingRoot folder of a request's intermediate files
   * @return the outcome of each request, in order. If this thread is interrupted, unfinished
   *     requests are {@link Outcome.Interrupted}, and no thread or Spark job of the batch
   *     continues. A task may run until its next denoising step.
   */
  public List<Outcome> dub(List<DubRequest> requests, Function<DubRequest, Location> stagingRoot) {
    return dub(requests, stagingRoot, outcome -> {});
  }

  /**
   * Dubs all requests that are not finished, and reports each outcome when its request ends.
   *
   * @param ended receives the outcomes, one call at a time
   */
  public List<Outcome> dub(
      List<DubRequest> requests,
      Function<DubRequest, Location> stagingRoot,
      Consumer<Outcome> ended) {
    int atOnce = atOnce(requests.size(), spark.sc().defaultParallelism());
    SegmentGroups groups = new SegmentGroups(Math.max(1, slots(requests) / Math.max(1, atOnce)));
    try (WaitingTimes waiting = new WaitingTimes(spark.sc())) {
      DubContext context = new DubContext(spark, progress, groups, waiting, profile);
      List<DubJob> jobs =
          requests.stream()
              .map(request -> new DubJob(context, request, stagingRoot.apply(request)))
              .toList();
      return dub(jobs, new Outcomes(ended), atOnce);
    }
  }

  private List<Outcome> dub(List<DubJob> jobs, Outcomes outcomes, int atOnce) {
    ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, atOnce));
    try {
      List<Planned> planned = plan(jobs, threads, outcomes);
      if (checkLayers(planned, outcomes)) {
        synthesise(planned, threads, outcomes);
      }
    } catch (InterruptedException e) {
      outcomes.expectInterrupts();
      stop(threads);
    } finally {
      threads.shutdownNow();
    }
    outcomes.interruptOthers(jobs);
    return outcomes.of(jobs);
  }

  private int slots(List<DubRequest> requests) {
    return requests.stream()
        .mapToInt(request -> SynthesisSlots.of(spark.sc(), request.rendering().compute().device()))
        .min()
        .orElse(1);
  }

  /**
   * Stops all threads and tasks. A thread may start a job after the first cancellation, so jobs are
   * cancelled repeatedly.
   */
  private void stop(ExecutorService threads) {
    threads.shutdownNow();
    long start = System.nanoTime();
    boolean ended = false;
    while (!ended && System.nanoTime() - start < STOP_LIMIT.toNanos()) {
      spark.sc().cancelAllJobs();
      ended =
          Uninterruptibles.awaitTerminationUninterruptibly(threads, CANCEL_AGAIN)
              && runningTasks() == 0;
    }
  }

  private int runningTasks() {
    return Arrays.stream(spark.sc().statusTracker().getExecutorInfos())
        .mapToInt(SparkExecutorInfo::numRunningTasks)
        .sum();
  }

  /**
   * The number of requests that run at the same time. Each has at least one task, so as many
   * requests as cores keep all cores busy.
   */
  public static int atOnce(int requests, int cores) {
    return Math.min(requests, Math.min(MOST_AT_ONCE, Math.max(FEWEST_AT_ONCE, cores)));
  }

  private List<Planned> plan(List<DubJob> jobs, ExecutorService threads, Outcomes outcomes)
      throws InterruptedException {
    jobs.forEach(job -> progress.expect(Stage.PLAN, job.request().id(), 1));
    List<Callable<Optional<Planned>>> plans = new ArrayList<>();
    jobs.forEach(job -> plans.add(() -> runPart(job, outcomes, () -> plan(job, outcomes))));
    List<Planned> planned = new ArrayList<>();
    for (Future<Optional<Planned>> future : threads.invokeAll(plans)) {
      await(future).ifPresent(planned::add);
    }
    return planned;
  }

  /**
   * Runs a part of a request's work. Records an exception as the request's failure.
   *
   * @return empty after a failure
   */
  private <T> Optional<T> runPart(DubJob job, Outcomes outcomes, Callable<Optional<T>> work) {
    try {
      return work.call();
    } catch (Exception | Error e) {
      if (!outcomes.isStopping()) {
        progress.drop(job.request().id());
      }
      outcomes.fail(job, e instanceof ExecutionException ? e.getCause() : e);
      return Optional.empty();
    }
  }

  private static <T> T await(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a failure was not recorded", e);
    }
  }

  /** Plans a request. Empty if an earlier run has finished it. */
  private Optional<Planned> plan(DubJob job, Outcomes outcomes) throws IOException {
    Optional<RequestResult> finished = results.finished(job.request(), job.fingerprint());
    if (finished.isEmpty()) {
      return Optional.of(new Planned(job, job.plan()));
    }
    discardStaging(job);
    job.close();
    progress.drop(job.request().id());
    outcomes.put(job, new Outcome.Kept(job.request(), finished.get()));
    return Optional.empty();
  }

  /**
   * Checks the layers of the networks. If one is computed incorrectly, all planned requests fail
   * and this returns false.
   */
  private boolean checkLayers(List<Planned> planned, Outcomes outcomes)
      throws InterruptedException {
    Map<ModelBundle, DubRequest> models = new LinkedHashMap<>();
    planned.forEach(
        request -> models.put(request.plan().request().models(), request.plan().request()));
    try {
      NumericTrial.require(spark, List.copyOf(models.values()));
      return true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      for (Planned request : planned) {
        progress.drop(request.id());
        outcomes.fail(request.job(), e);
      }
      return false;
    }
  }

  private void synthesise(List<Planned> planned, ExecutorService threads, Outcomes outcomes)
      throws InterruptedException {
    for (Future<?> future : submit(planned, threads, outcomes)) {
      await(future);
    }
  }

  /**
   * Submits the requests, the longest first. An analysis is freed after the last request that needs
   * it.
   */
  private List<Future<?>> submit(
      List<Planned> planned, ExecutorService threads, Outcomes outcomes) {
    // The request that uses the most frames of a video analyses it for all of them.
    Map<Frames, Planned> longest = new LinkedHashMap<>();
    planned.forEach(
        request ->
            longest.merge(
                request.source(),
                request,
                BinaryOperator.maxBy(Comparator.comparing(Planned::sourceFrames))));
    longest
        .values()
        .forEach(request -> progress.expect(Stage.ANALYSE, request.id(), request.sourceFrames()));
    for (Planned request : planned) {
      JobMetrics.FRAMES_PLANNED.inc(request.frames());
      progress.expect(Stage.SPEECH, request.id(), 1);
      progress.expect(Stage.SYNTHESISE, request.id(), request.frames());
      progress.expect(Stage.STITCH, request.id(), 1);
      if (request.plan().request().finishing().validated()) {
        progress.expect(Stage.VALIDATE, request.id(), request.frames());
      }
    }

    Map<Frames, FutureTask<List<AnalysedFrame>>> faces = new HashMap<>();
    longest.forEach(
        (source, request) ->
            faces.put(source, new FutureTask<>(() -> request.job().analyse(request.plan()))));
    List<Future<?>> futures = new ArrayList<>();
    planned.stream()
        .sorted(Comparator.comparing(Planned::frames).reversed())
        .forEach(
            request -> {
              FutureTask<List<AnalysedFrame>> analysis = faces.get(request.source());
              futures.add(
                  threads.submit(
                      () ->
                          runPart(
                              request.job(), outcomes, () -> dub(request, analysis, outcomes))));
            });
    return futures;
  }

  private Optional<Outcome> dub(
      Planned request, FutureTask<List<AnalysedFrame>> analysis, Outcomes outcomes)
      throws IOException, ExecutionException, InterruptedException {
    boolean done = false;
    try {
      Outcome.Done outcome = new Outcome.Done(request.job().dub(request.plan(), analysis));
      // The row is written before the staging folder is deleted: if the run is killed in between,
      // the next run finds the segments or the row.
      results.add(outcome);
      outcomes.put(request.job(), outcome);
      discardStaging(request.job());
      Outcomes.release(request.job());
      done = true;
      return Optional.of(outcome);
    } finally {
      if (!done) {
        JobMetrics.FRAMES_PLANNED.dec(request.frames());
        progress.drop(request.id());
      }
    }
  }

  private void discardStaging(DubJob job) {
    if (!keepStaging) {
      job.discardStaging();
    }
  }
}
