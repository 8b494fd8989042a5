package io.latentsync.job.synthesis;

import ai.djl.Device;
import io.latentsync.job.metrics.JobMetrics;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.spark.GpuShare;
import io.latentsync.job.spark.TaskDevice;
import io.latentsync.job.spark.TaskInterrupts;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.stage.TaskSetup;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.staging.StagedRow;
import io.latentsync.job.staging.StagedSpeeches;
import io.latentsync.job.staging.Staging;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.bundle.NetworkLease;
import io.latentsync.model.render.ComputePermits;
import io.latentsync.model.render.DubbedFace;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.model.render.SegmentRenderer;
import io.latentsync.model.render.SourceVideo;
import io.latentsync.model.render.SpeechTrack;
import io.latentsync.model.render.WarmUp;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.time.FrameRange;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that renders segments. Input: attempts. Output: an H.264 file in staging and a row of
 * metrics for each attempt. An attempt in staging or in the segment cache is not rendered again.
 */
public final class Synthesise implements FlatMapFunction<Iterator<Attempt>, SegmentMetrics> {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(Synthesise.class);

  /** The Spark setting for the warm-up of the networks, a {@link WarmUp.Choice}. */
  public static final String WARM_UP = "spark.latentsync.warmup";

  private final Broadcast<Plan> plan;
  private final Broadcast<List<FaceLayers>> faces;
  private final float[] speechPeaks;
  private final TaskSetup setup;
  private final SynthesisCounters counters;

  /**
   * A stage.
   *
   * @param faces the new lips of each speaker
   * @param speechPeaks largest value of the log-mel of each speech
   */
  Synthesise(
      Broadcast<Plan> plan,
      Broadcast<List<FaceLayers>> faces,
      float[] speechPeaks,
      TaskSetup setup,
      SynthesisCounters counters) {
    this.plan = plan;
    this.faces = faces;
    this.speechPeaks = speechPeaks;
    this.setup = setup;
    this.counters = counters;
  }

  @Override
  public Iterator<SegmentMetrics> call(Iterator<Attempt> attempts) throws IOException {
    List<SegmentMetrics> metrics = new ArrayList<>();
    List<Attempt> missing = new ArrayList<>();
    Configuration configuration = setup.hadoop().value();
    while (attempts.hasNext()) {
      Attempt attempt = attempts.next();
      Optional<SegmentMetrics> found = staged(attempt, configuration);
      if (found.isPresent()) {
        metrics.add(reused(found.get()));
      } else {
        missing.add(attempt);
      }
    }
    if (!missing.isEmpty()) {
      try {
        metrics.addAll(fetchOrRender(missing, configuration));
      } catch (InterruptedException | CancellationException e) {
        throw TaskInterrupts.killed(e);
      }
    }
    return metrics.iterator();
  }

  private SegmentMetrics reused(SegmentMetrics found) {
    found.setReused(true);
    counters.frames().add(found.getFrames());
    JobMetrics.SEGMENTS_REUSED.inc();
    JobMetrics.FRAMES_REUSED.inc(found.getFrames());
    return found;
  }

  /** The staged metrics of an attempt; empty if its video is missing or damaged. */
  private Optional<SegmentMetrics> staged(Attempt attempt, Configuration configuration)
      throws IOException {
    Staging staging = plan.value().staging();
    Location row = staging.metrics(attempt);
    if (row.fileLength(configuration).isEmpty()) {
      return Optional.empty();
    }
    Location video = staging.video(attempt);
    String digest = video.fileLength(configuration).isPresent() ? video.sha256(configuration) : "";
    return StagedRow.find(SegmentMetrics.class, row, digest, configuration)
        .filter(found -> found.getFrames() == attempt.segment().frames());
  }

  private List<SegmentMetrics> fetchOrRender(List<Attempt> attempts, Configuration configuration)
      throws IOException, InterruptedException {
    Plan work = plan.value();
    DubRequest request = work.request();
    // The attempts of a task have one guidance scale.
    RenderOptions rendering =
        attempts
            .get(0)
            .rendering(request.rendering())
            .withBatchSize(chunksAtOnce(request.rendering().compute().batchSize()));
    List<SegmentMetrics> metrics = new ArrayList<>();
    try (TaskTime time = new TaskTime(Stage.SYNTHESISE, request.id(), setup.profile());
        Scratch scratch = Scratch.in(work.staging().folder());
        StagedSpeeches speeches = StagedSpeeches.open(work.staging(), request, configuration);
        TaskDevice taken = GpuShare.device(rendering.compute().device())) {
      List<DubbedFace> dubbed = dubbed(speeches, configuration);
      Optional<CachedSegments> cache =
          setup.profile().isOn()
              ? Optional.empty()
              : CachedSegments.of(
                  work, rendering, faces.value(), dubbed, taken.device(), scratch, configuration);
      List<Attempt> missing = new ArrayList<>();
      for (Attempt attempt : attempts) {
        TaskInterrupts.stopIfKilled();
        Optional<SegmentMetrics> found =
            cache.isPresent() && cache.get().fetch(attempt)
                ? staged(attempt, configuration)
                : Optional.empty();
        found.ifPresentOrElse(row -> metrics.add(reused(row)), () -> missing.add(attempt));
      }
      if (!missing.isEmpty()) {
        Rendering task = new Rendering(rendering, dubbed, taken, cache, scratch, time.trace());
        metrics.addAll(render(missing, task, configuration));
      }
    }
    return metrics;
  }

  /** What the attempts of a task are rendered with. */
  private record Rendering(
      RenderOptions options,
      List<DubbedFace> dubbed,
      TaskDevice device,
      Optional<CachedSegments> cache,
      Scratch scratch,
      Trace trace) {}

  private List<SegmentMetrics> render(
      List<Attempt> attempts, Rendering task, Configuration configuration)
      throws IOException, InterruptedException {
    Plan work = plan.value();
    DubRequest request = work.request();
    List<SegmentMetrics> metrics = new ArrayList<>();
    try (NetworkLease<Models> models =
        load(
            request.models(),
            task.device().device(),
            new ModelFiles(configuration),
            task.scratch(),
            task.trace())) {
      ComputePermits permits = task.device().permits(models.network(), request.rendering());
      warmUp(models.network(), request.rendering(), permits);
      try (SegmentRenderer renderer =
          new SegmentRenderer(
              models.network(),
              permits,
              task.options(),
              new SourceVideo(
                  task.scratch().input(request.video(), configuration),
                  work.video(),
                  setup.profile().ofThisRun(request.video().state(configuration))),
              task.dubbed(),
              work.schedule(),
              TaskContext.get().cpus(),
              task.trace())) {
        try (SegmentClock clock = new SegmentClock(task.trace(), attempts)) {
          renderer.render(
              attempts.stream()
                  .map(attempt -> new Segment(attempt, task, configuration, clock, metrics))
                  .toList());
        }
      }
    }
    return metrics;
  }

  private List<DubbedFace> dubbed(StagedSpeeches speeches, Configuration configuration)
      throws IOException {
    List<DubbedFace> dubbed = new ArrayList<>();
    for (FaceLayers lips : faces.value()) {
      FollowedFace face = lips.face();
      SpeechTrack speech =
          new SpeechTrack(
              speeches.get(face.speech()),
              speechPeaks[face.speech()],
              setup.profile().ofThisRun(face.speaker().speech().state(configuration)));
      for (LipLayer layer : lips.layers()) {
        dubbed.add(new DubbedFace(layer.matrices(), layer.weights(), layer.references(), speech));
      }
    }
    return dubbed;
  }

  private static NetworkLease<Models> load(
      ModelBundle bundle, Device device, ModelFiles files, Scratch scratch, Trace trace)
      throws IOException {
    try (Trace.Running loading = trace.begin("load models")) {
      return files.lease(bundle, device, scratch);
    }
  }

  private void warmUp(Models models, RenderOptions rendering, ComputePermits permits)
      throws InterruptedException {
    String choice = SparkEnv.get().conf().get(WARM_UP, WarmUp.Choice.AUTO.toString());
    if (WarmUp.Choice.valueOf(choice.toUpperCase(Locale.ROOT)).wants(models.device())) {
      Duration taken;
      try (ComputePermits.Permit permit = permits.acquire()) {
        taken = WarmUp.once(models, rendering);
      }
      if (!taken.isZero()) {
        JobMetrics.WARM_UP.update(taken);
        counters.warmUpMillis().add(taken.toMillis());
        log.info("networks warmed up in {} s", taken.toMillis() / 1000.0);
      }
    }
  }

  private static int chunksAtOnce(int batchSize) {
    int attempt = TaskContext.get().attemptNumber();
    int chunks = chunksAtOnce(batchSize, attempt);
    if (chunks < batchSize) {
      log.warn(
          "task attempt {} denoises {} chunks together instead of {}, because earlier attempts may have"
              + " exceeded their executor's memory; a smaller --batch_size avoids that",
          attempt + 1,
          chunks,
          batchSize);
    }
    return chunks;
  }

  /**
   * The number of chunks that a task attempt denoises together. An executor that is killed for its
   * memory use cannot report it, so each task attempt from the third on halves the number. The
   * second keeps the number: if the executor was lost for another reason, rounding stays the same.
   *
   * @param tries number of earlier attempts of the task
   */
  static int chunksAtOnce(int batchSize, int tries) {
    return Math.max(1, batchSize >> Math.min(Math.max(0, tries - 1), Integer.SIZE - 2));
  }

  /** The segment of an attempt, which is committed when it is rendered. */
  private final class Segment implements SegmentRenderer.Segment {
    private final Attempt attempt;
    private final Rendering task;
    private final Configuration configuration;
    private final SegmentClock clock;
    private final List<SegmentMetrics> metrics;

    Segment(
        Attempt attempt,
        Rendering task,
        Configuration configuration,
        SegmentClock clock,
        List<SegmentMetrics> metrics) {
      this.attempt = attempt;
      this.task = task;
      this.configuration = configuration;
      this.clock = clock;
      this.metrics = metrics;
    }

    @Override
    public FrameRange frames() {
      return attempt.segment();
    }

    @Override
    public Path output() {
      // The next segment's file is begun before this one is committed.
      return task.scratch().folder().resolve("segment-%d.mp4".formatted(attempt.segment().first()));
    }

    @Override
    public void framesDone(int frames) {
      clock.sampleMemory();
      counters.frames().add(frames);
      // After the end of the job, the staging folder may not exist any more.
      TaskInterrupts.stopIfKilled();
    }

    @Override
    public void rendered(SegmentRenderer.Rendered rendered) throws IOException {
      SegmentMetrics row = commit(rendered, clock.lap());
      metrics.add(row);
      log.info("{} frames rendered in {} s", row.getFrames(), row.getSeconds());
    }

    private SegmentMetrics commit(SegmentRenderer.Rendered rendered, SegmentClock.Reading reading)
        throws IOException {
      FrameRange segment = attempt.segment();
      Staging staging = plan.value().staging();
      String digest = new Location(output().toString()).sha256(configuration);
      staging.video(attempt).commit(configuration, output());
      SegmentMetrics row =
          new SegmentMetrics(
              segment.first(),
              segment.frames(),
              rendered.synthesisedFrames(),
              FaceLayers.openings(faces.value(), rendered.openings(), segment.frames()),
              rendered.latents().asked(),
              rendered.latents().found(),
              rendered.windows().asked(),
              rendered.windows().found(),
              reading.seconds(),
              reading.memory(),
              TaskContext.get().attemptNumber(),
              rendered.typeReason(),
              false,
              rendered.converted(),
              rendered.deinterlaced());
      StagedRow.write(row, staging.metrics(attempt), digest, task.scratch(), configuration);
      if (task.cache().isPresent()) {
        task.cache().get().add(attempt, output(), digest, row);
      }
      Files.delete(output());
      JobMetrics.FRAMES_RENDERED.inc(segment.frames());
      JobMetrics.SEGMENTS_RENDERED.inc();
      JobMetrics.count(rendered.latents(), JobMetrics.LATENT_HITS, JobMetrics.LATENT_MISSES);
      JobMetrics.count(rendered.windows(), JobMetrics.WINDOW_HITS, JobMetrics.WINDOW_MISSES);
      return row;
    }
  }
}
