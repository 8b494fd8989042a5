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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
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

  Synthesise(
      Broadcast<Plan> plan,
      Broadcast<FaceMatrices> matrices,
      SerializableConfiguration hadoop,
      LongAccumulator framesDone) {
    this.plan = plan;
    this.matrices = matrices;
    this.hadoop = hadoop;
    this.framesDone = framesDone;
  }

  @Override
  public Iterator<SegmentMetrics> call(Iterator<FrameRange> segments) throws IOException {
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
              request.rendering(),
              new SourceVideo(
                  scratch.input(request.video(), configuration),
                  work.video(),
                  request.video().state(configuration)),
              matrices.value(),
              work.playOrder(),
              new Speech(speech, work.speechPeak(), request.audio().state(configuration)))) {
        for (FrameRange segment : segments) {
          metrics.add(render(segment, renderer, scratch, configuration));
        }
      }
    }
    return metrics;
  }

  private SegmentMetrics render(
      FrameRange segment, SegmentRenderer renderer, Scratch scratch, Configuration configuration)
      throws IOException {
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
      throws IOException {
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
