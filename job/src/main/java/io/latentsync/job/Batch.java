package io.latentsync.job;

import io.latentsync.face.FacePoints;
import java.util.ArrayList;
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
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Dubs many videos at once. All are planned first; then the longest begin, so that none is left
 * over when the others are done. A video with several speeches is analysed once. A request that
 * fails does not touch the others.
 */
final class Batch {
  private static final int FEWEST_AT_ONCE = 4;
  private static final int MOST_AT_ONCE = 64;

  private final JavaSparkContext spark;
  private final Progress progress;

  /** A request whose length is known. */
  private record Planned(DubJob job, Plan plan) {
    Location video() {
      return plan.request().video().normalized();
    }

    int frames() {
      return plan.playOrder().frames();
    }

    int sourceFrames() {
      return plan.playOrder().framesUsed();
    }
  }

  Batch(JavaSparkContext spark, Progress progress) {
    this.spark = spark;
    this.progress = progress;
  }

  /**
   * Dubs all requests.
   *
   * @param stagingRoot where a request's intermediate files go
   * @return what became of each request, in their order
   */
  List<Outcome> dub(List<DubRequest> requests, Function<DubRequest, Location> stagingRoot)
      throws InterruptedException {
    List<DubJob> jobs =
        requests.stream()
            .map(request -> new DubJob(spark, progress, request, stagingRoot.apply(request)))
            .toList();
    Map<DubJob, Outcome> outcomes = new HashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(atOnce(requests.size()));
    try {
      List<Planned> planned = plan(jobs, threads, outcomes);
      synthesise(planned, threads, outcomes);
    } finally {
      threads.shutdownNow();
    }
    return jobs.stream().map(outcomes::get).toList();
  }

  /** Each request has a task at least, so as many as there are cores keep them all busy. */
  private int atOnce(int requests) {
    int cores = Math.max(FEWEST_AT_ONCE, spark.sc().defaultParallelism());
    return Math.min(requests, Math.min(MOST_AT_ONCE, cores));
  }

  private List<Planned> plan(
      List<DubJob> jobs, ExecutorService threads, Map<DubJob, Outcome> outcomes)
      throws InterruptedException {
    progress.expect(Stage.PLAN, jobs.size(), jobs.size());
    List<Callable<Plan>> plans = new ArrayList<>();
    jobs.forEach(job -> plans.add(job::plan));
    List<Future<Plan>> results = threads.invokeAll(plans);
    List<Planned> planned = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      try {
        planned.add(new Planned(jobs.get(i), results.get(i).get()));
      } catch (ExecutionException e) {
        outcomes.put(jobs.get(i), failed(jobs.get(i), e));
      }
    }
    return planned;
  }

  private void synthesise(
      List<Planned> planned, ExecutorService threads, Map<DubJob, Outcome> outcomes)
      throws InterruptedException {
    Map<DubJob, Future<Summary>> results = submit(planned, threads);
    for (Map.Entry<DubJob, Future<Summary>> result : results.entrySet()) {
      try {
        outcomes.put(result.getKey(), new Outcome.Done(result.getValue().get()));
      } catch (ExecutionException e) {
        outcomes.put(result.getKey(), failed(result.getKey(), e));
      }
    }
  }

  /** Nothing is left of an analysis when the last request that needs it has gone. */
  private Map<DubJob, Future<Summary>> submit(List<Planned> planned, ExecutorService threads) {
    // The request that shows most of a video analyses it, for itself and the others.
    Map<Location, Planned> longest = new LinkedHashMap<>();
    planned.forEach(
        request ->
            longest.merge(
                request.video(),
                request,
                BinaryOperator.maxBy(Comparator.comparing(Planned::sourceFrames))));
    progress.expect(
        Stage.ANALYSE,
        longest.size(),
        longest.values().stream().mapToLong(Planned::sourceFrames).sum());
    progress.expect(
        Stage.SYNTHESISE, planned.size(), planned.stream().mapToLong(Planned::frames).sum());
    progress.expect(Stage.STITCH, planned.size(), planned.size());

    Map<Location, FutureTask<List<Optional<FacePoints>>>> faces = new HashMap<>();
    longest.forEach(
        (video, request) ->
            faces.put(video, new FutureTask<>(() -> request.job().analyse(request.plan()))));
    Map<DubJob, Future<Summary>> results = new LinkedHashMap<>();
    planned.stream()
        .sorted(Comparator.comparing(Planned::frames).reversed())
        .forEach(
            request -> {
              FutureTask<List<Optional<FacePoints>>> analysis = faces.get(request.video());
              results.put(
                  request.job(), threads.submit(() -> request.job().dub(request.plan(), analysis)));
            });
    return results;
  }

  private static Outcome failed(DubJob job, ExecutionException e) {
    return new Outcome.Failed(job.request(), job.times(), e.getCause());
  }
}
