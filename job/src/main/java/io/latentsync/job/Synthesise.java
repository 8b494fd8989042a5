package io.latentsync.job;

import ai.djl.Device;
import com.codahale.metrics.Timer;
import io.latentsync.model.FaceMatrices;
import io.latentsync.model.Models;
import io.latentsync.model.SegmentRenderer;
import io.latentsync.model.SourceVideo;
import io.latentsync.model.Speech;
import io.latentsync.record.SegmentMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The stage that makes the pictures: segments in, H.264 files in staging and a row of metrics for
 * each out. A segment that staging has already is not rendered again.
 */
final class Synthesise implements FlatMapFunction<Iterator<FrameRange>, SegmentMetrics> {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(Synthesise.class);

  /** Stands in the log beside the request and the task, which Spark puts there. */
  private static final String LOG_SEGMENT = "mdc.segment";

  private final Broadcast<Plan> plan;
  private final Broadcast<FaceMatrices> matrices;
  private final SerializableConfiguration hadoop;
  private final LongAccumulator framesDone;
  private final double guidance;
  private final boolean again;

  /**
   * A stage.
   *
   * @param guidance the guidance scale
   * @param again whether the segments were rendered before, with the guidance of the request
   */
  Synthesise(
      Broadcast<Plan> plan,
      Broadcast<FaceMatrices> matrices,
      double guidance,
      boolean again,
      SerializableConfiguration hadoop,
      LongAccumulator framesDone) {
    this.plan = plan;
    this.matrices = matrices;
    this.guidance = guidance;
    this.again = again;
    this.hadoop = hadoop;
    this.framesDone = framesDone;
  }

  @Override
  public Iterator<SegmentMetrics> call(Iterator<FrameRange> segments) throws IOException {
    List<SegmentMetrics> metrics = new ArrayList<>();
    List<Take> missing = new ArrayList<>();
    Configuration configuration = hadoop.value();
    while (segments.hasNext()) {
      FrameRange segment = segments.next();
      Take take = new Take(segment, guidance, again);
      Location staged = plan.value().staging().metrics(take);
      if (staged.exists(configuration)) {
        SegmentMetrics found = StagedRow.read(SegmentMetrics.class, staged, configuration);
        found.setReused(true);
        metrics.add(found);
        framesDone.add(segment.frames());
        JobMetrics.SEGMENTS_REUSED.inc();
      } else {
        missing.add(take);
      }
    }
    if (!missing.isEmpty()) {
      metrics.addAll(render(missing, configuration));
    }
    return metrics.iterator();
  }

  private List<SegmentMetrics> render(List<Take> takes, Configuration configuration)
      throws IOException {
    Plan work = plan.value();
    DubRequest request = work.request();
    List<SegmentMetrics> metrics = new ArrayList<>();
    try (Timer.Context time = JobMetrics.SYNTHESISE.time();
        Scratch scratch = Scratch.of(work.staging());
        StagedSpeech speech = StagedSpeech.open(work.staging().speech(), configuration)) {
      Device device = GpuShare.device(request.rendering().device());
      Models models = Plan.loadModels(request, device, configuration, scratch);
      try (SegmentRenderer renderer =
          new SegmentRenderer(
              models,
              takes.get(0).rendering(request.rendering()),
              new SourceVideo(
                  scratch.input(request.video(), configuration),
                  work.video(),
                  request.video().state(configuration)),
              matrices.value(),
              work.playOrder(),
              new Speech(speech, work.speechPeak(), request.audio().state(configuration)))) {
        for (Take take : takes) {
          metrics.add(render(take, renderer, scratch, configuration));
        }
      }
    }
    return metrics;
  }

  private SegmentMetrics render(
      Take take, SegmentRenderer renderer, Scratch scratch, Configuration configuration)
      throws IOException {
    FrameRange segment = take.segment();
    try (MDC.MDCCloseable name =
        MDC.putCloseable(
            LOG_SEGMENT, "frames %d+%d".formatted(segment.first(), segment.frames()))) {
      SegmentMetrics metrics = renderInto(take, renderer, scratch, configuration);
      log.info("{} frames rendered in {} s", metrics.getFrames(), metrics.getSeconds());
      return metrics;
    }
  }

  private SegmentMetrics renderInto(
      Take take, SegmentRenderer renderer, Scratch scratch, Configuration configuration)
      throws IOException {
    FrameRange segment = take.segment();
    long start = System.nanoTime();
    PeakMemory memory = new PeakMemory();
    Path video = scratch.folder().resolve("segment.mp4");
    SegmentRenderer.Rendered rendered =
        renderer.render(
            segment.first(),
            segment.frames(),
            video,
            frames -> {
              memory.sample();
              framesDone.add(frames);
              // Another attempt was first, or the job is over: then staging may be gone.
              if (TaskContext.get().isInterrupted()) {
                throw new TaskKilledException("another attempt was faster");
              }
            });
    Staging staging = plan.value().staging();
    staging.video(take).commit(configuration, video);
    Files.delete(video);
    SegmentMetrics metrics =
        new SegmentMetrics(
            segment.first(),
            segment.frames(),
            rendered.synthesisedFrames(),
            rendered.openings(),
            rendered.latents().asked(),
            rendered.latents().found(),
            rendered.windows().asked(),
            rendered.windows().found(),
            (System.nanoTime() - start) / 1e9,
            memory.bytes(),
            TaskContext.get().attemptNumber(),
            false);
    StagedRow.write(metrics, staging.metrics(take), scratch, configuration);
    JobMetrics.FRAMES_RENDERED.inc(segment.frames());
    JobMetrics.SEGMENTS_RENDERED.inc();
    JobMetrics.count(rendered.latents(), JobMetrics.LATENT_HITS, JobMetrics.LATENT_MISSES);
    JobMetrics.count(rendered.windows(), JobMetrics.WINDOW_HITS, JobMetrics.WINDOW_MISSES);
    return metrics;
  }
}
