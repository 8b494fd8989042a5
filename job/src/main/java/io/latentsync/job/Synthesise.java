package io.latentsync.job;

import ai.djl.Device;
import io.latentsync.model.FaceMatrices;
import io.latentsync.model.Models;
import io.latentsync.model.RenderOptions;
import io.latentsync.model.SegmentRenderer;
import io.latentsync.model.SourceVideo;
import io.latentsync.model.Speech;
import io.latentsync.model.WarmUp;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
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

  /** Spark's setting that says when the networks are warmed up: a {@link WarmUp.Choice}. */
  static final String WARM_UP = "spark.latentsync.warmup";

  /** Stands in the log beside the request and the task, which Spark puts there. */
  private static final String LOG_SEGMENT = "mdc.segment";

  private final Broadcast<Plan> plan;
  private final Broadcast<FaceMatrices> matrices;
  private final float speechPeak;
  private final SerializableConfiguration hadoop;
  private final LongAccumulator framesDone;
  private final RunProfile profile;
  private final LongAccumulator warmUpMillis;

  Synthesise(
      Broadcast<Plan> plan,
      Broadcast<FaceMatrices> matrices,
      float speechPeak,
      SerializableConfiguration hadoop,
      LongAccumulator framesDone,
      LongAccumulator warmUpMillis,
      RunProfile profile) {
    this.plan = plan;
    this.matrices = matrices;
    this.speechPeak = speechPeak;
    this.hadoop = hadoop;
    this.framesDone = framesDone;
    this.profile = profile;
    this.warmUpMillis = warmUpMillis;
  }

  @Override
  public Iterator<SegmentMetrics> call(Iterator<FrameRange> segments)
      throws IOException, InterruptedException {
    List<SegmentMetrics> metrics = new ArrayList<>();
    List<FrameRange> missing = new ArrayList<>();
    Configuration configuration = hadoop.value();
    while (segments.hasNext()) {
      FrameRange segment = segments.next();
      if (plan.value().staging().metrics(segment).exists(configuration)) {
        SegmentMetrics found = readMetrics(plan.value().staging().metrics(segment), configuration);
        found.setReused(true);
        metrics.add(found);
        framesDone.add(segment.frames());
        JobMetrics.SEGMENTS_REUSED.inc();
      } else {
        missing.add(segment);
      }
    }
    if (!missing.isEmpty()) {
      metrics.addAll(render(missing, configuration));
    }
    return metrics.iterator();
  }

  private List<SegmentMetrics> render(List<FrameRange> segments, Configuration configuration)
      throws IOException, InterruptedException {
    Plan work = plan.value();
    DubRequest request = work.request();
    List<SegmentMetrics> metrics = new ArrayList<>();
    try (TaskTime time = new TaskTime(Stage.SYNTHESISE, request.id(), profile);
        Scratch scratch = Scratch.of(work.staging());
        StagedSpeech speech = StagedSpeech.open(work.staging().speech(), configuration)) {
      Device device = GpuShare.device(request.rendering().device());
      Models models;
      try (Trace.Running loading = time.trace().begin("load models")) {
        models = Plan.loadModels(request, device, configuration, scratch);
      }
      warmUp(models, request.rendering());
      try (SegmentRenderer renderer =
          new SegmentRenderer(
              models,
              request.rendering(),
              new SourceVideo(
                  scratch.input(request.video(), configuration),
                  work.video(),
                  profile.ofThisRun(request.video().state(configuration))),
              matrices.value(),
              work.playOrder(),
              new Speech(
                  speech, speechPeak, profile.ofThisRun(request.audio().state(configuration))),
              time.trace())) {
        for (FrameRange segment : segments) {
          try (Trace.Running rendering = time.trace().segment(segment.first()).begin("segment")) {
            metrics.add(render(segment, renderer, scratch, configuration));
          }
        }
      }
    }
    return metrics;
  }

  private void warmUp(Models models, RenderOptions rendering) throws IOException {
    String choice = SparkEnv.get().conf().get(WARM_UP, WarmUp.Choice.AUTO.toString());
    if (WarmUp.Choice.valueOf(choice.toUpperCase(Locale.ROOT)).wants(models.device())) {
      Duration taken = WarmUp.once(models, rendering);
      if (!taken.isZero()) {
        JobMetrics.WARM_UP.update(taken);
        warmUpMillis.add(taken.toMillis());
        log.info("networks warmed up in {} s", taken.toMillis() / 1000.0);
      }
    }
  }

  private SegmentMetrics render(
      FrameRange segment, SegmentRenderer renderer, Scratch scratch, Configuration configuration)
      throws IOException, InterruptedException {
    try (MDC.MDCCloseable name =
        MDC.putCloseable(
            LOG_SEGMENT, "frames %d+%d".formatted(segment.first(), segment.frames()))) {
      SegmentMetrics metrics = renderInto(segment, renderer, scratch, configuration);
      log.info("{} frames rendered in {} s", metrics.getFrames(), metrics.getSeconds());
      return metrics;
    }
  }

  private SegmentMetrics renderInto(
      FrameRange segment, SegmentRenderer renderer, Scratch scratch, Configuration configuration)
      throws IOException, InterruptedException {
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
    staging.video(segment).commit(configuration, video);
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
    Path file = scratch.folder().resolve("segment.avro");
    writeMetrics(metrics, file);
    staging.metrics(segment).commit(configuration, file);
    JobMetrics.FRAMES_RENDERED.inc(segment.frames());
    JobMetrics.SEGMENTS_RENDERED.inc();
    JobMetrics.count(rendered.latents(), JobMetrics.LATENT_HITS, JobMetrics.LATENT_MISSES);
    JobMetrics.count(rendered.windows(), JobMetrics.WINDOW_HITS, JobMetrics.WINDOW_MISSES);
    return metrics;
  }

  private static void writeMetrics(SegmentMetrics metrics, Path file) throws IOException {
    try (DataFileWriter<SegmentMetrics> writer =
        new DataFileWriter<>(new SpecificDatumWriter<>(SegmentMetrics.class))) {
      writer.create(SegmentMetrics.getClassSchema(), file.toFile());
      writer.append(metrics);
    }
  }

  private static SegmentMetrics readMetrics(Location file, Configuration configuration)
      throws IOException {
    try (InputStream in = file.fileSystem(configuration).open(file.hadoopPath());
        DataFileStream<SegmentMetrics> reader =
            new DataFileStream<>(in, new SpecificDatumReader<>(SegmentMetrics.class))) {
      return reader.next();
    }
  }
}
