package io.latentsync.model.render;

import ai.djl.ndarray.NDManager;
import com.sun.management.OperatingSystemMXBean;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.testing.LargeClip;
import io.latentsync.testing.PcmArray;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Processor time of each stage of a segment besides the networks, which pass the faces through. The
 * time is that of all threads of the process, so it contains helper threads of FFmpeg and OpenCV.
 */
final class MediaLanes {
  private static final int CHUNK = 16;
  private static final int SOURCE_FRAMES = 100;
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final int frames;
  private final VideoProbe probe;
  private final Path source;
  private final Path output;
  private final EncoderOptions encoding;
  private final FaceTemplate template;
  private final Resampling resampling;
  private final DubbedFace dubbed;
  private final FrameSchedule schedule;

  private MediaLanes(
      Path folder,
      int height,
      int frames,
      EncoderOptions encoding,
      int resolution,
      Resampling resampling)
      throws IOException {
    this.resampling = resampling;
    this.frames = frames;
    this.encoding = encoding;
    this.template = new FaceTemplate(resolution);
    source = folder.resolve("source-%d.mp4".formatted(height));
    output = folder.resolve("output-%d.mp4".formatted(height));
    if (!Files.exists(source)) {
      Path begun = folder.resolve("source-%d.begun.mp4".formatted(height));
      LargeClip.write(begun, height, SOURCE_FRAMES);
      Files.move(begun, source);
    }
    probe = VideoProbe.of(source);
    schedule = new FrameSchedule(SOURCE_FRAMES, frames, LengthPolicy.LOOP);
    List<Optional<FacePoints>> points = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(source, probe);
        FaceDetector detector = FaceDetectors.open()) {
      for (int i = 0; i < SOURCE_FRAMES; i++) {
        try (VideoFrame frame = reader.read(i)) {
          points.add(detector.detectLargest(frame.toRgb()).map(DetectedFace::points));
        }
      }
    }
    dubbed =
        new DubbedFace(
            FaceMatrices.follow(points, template),
            FrameWeights.outside(KeptRanges.NONE, probe.frameRate(), frames),
            new SpeechTrack(PcmArray.noise(CHUNK), 0, ""));
  }

  /**
   * Prints a line of comma-separated values: height, resolution, preset; milliseconds of processor
   * time per frame of decode, align, paste (with the mouth's measurement) and encode; frames per
   * second of the whole pipeline.
   *
   * @param arguments folder for the videos, height of the pictures, frames, preset, resolution of
   *     the networks, and optionally the resampling
   */
  public static void main(String[] arguments) throws Exception {
    EncoderOptions encoding =
        new EncoderOptions(
            EncoderOptions.DEFAULT.crf(),
            EncoderOptions.Preset.valueOf(arguments[3].toUpperCase(Locale.ROOT)),
            EncoderOptions.DEFAULT.threads());
    int resolution = Integer.parseInt(arguments[4]);
    TorchEngine.load();
    MediaLanes lanes =
        new MediaLanes(
            Path.of(arguments[0]),
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            encoding,
            resolution,
            arguments.length > 5
                ? Resampling.valueOf(arguments[5].toUpperCase(Locale.ROOT))
                : Resampling.REFERENCE);
    lanes.withoutEncoder(lanes.frames);
    double[] stages = lanes.withoutEncoder(lanes.frames);
    double encode = lanes.encode();
    double rate = lanes.pipeline();
    System.out.printf(
        Locale.ROOT,
        "%s,%d,%s,%.2f,%.2f,%.2f,%.2f,%.2f%n",
        arguments[1],
        resolution,
        arguments[3],
        stages[0],
        stages[1],
        stages[2],
        encode - stages[0],
        rate);
  }

  /** Decode, align and paste, one after the other; ms per frame. */
  private double[] withoutEncoder(int count) throws IOException, InterruptedException {
    long[] nanos = new long[3];
    try (Stages stages = new Stages(Optional.empty())) {
      for (int first = 0; first < count; first += CHUNK) {
        try (ChunkBatch batch = stages.batch(first, Math.min(CHUNK, count - first))) {
          long start = PROCESS.getProcessCpuTime();
          stages.read(batch);
          long decoded = PROCESS.getProcessCpuTime();
          stages.align(batch);
          long aligned = PROCESS.getProcessCpuTime();
          stages.dub(batch);
          long dubbedAt = PROCESS.getProcessCpuTime();
          for (int frame = 0; frame < batch.size(); frame++) {
            stages.pasting.paste(batch, frame);
          }
          nanos[0] += decoded - start;
          nanos[1] += aligned - decoded;
          nanos[2] += PROCESS.getProcessCpuTime() - dubbedAt;
        }
      }
    }
    return IntStream.range(0, nanos.length).mapToDouble(i -> nanos[i] / 1e6 / count).toArray();
  }

  /** Decode and encode; ms per frame. */
  private double encode() throws IOException {
    long start = PROCESS.getProcessCpuTime();
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(output, probe, encoding)) {
      for (int i = 0; i < frames; i++) {
        try (VideoFrame frame = reader.read(schedule.source(i))) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    return (PROCESS.getProcessCpuTime() - start) / 1e6 / frames;
  }

  /** The stages at the same time, as one segment; frames per second. */
  private double pipeline() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (VideoWriter writer = VideoWriter.open(output, probe, encoding);
        Stages stages = new Stages(Optional.of(writer))) {
      FramePipeline.run(stages.batches(), stages);
      writer.finish();
    }
    return frames * 1e9 / (System.nanoTime() - start);
  }

  private final class Stages implements FramePipeline.Stages<ChunkBatch>, AutoCloseable {
    private final VideoReader reader = VideoReader.open(source, probe);
    private final NDManager manager = NDManager.newBaseManager();
    private final FaceAlignStage aligning = new FaceAlignStage(template, resampling, dubbed);
    private final FacePasteStage pasting = pasteStage();
    private final PasteLanes lanes = new PasteLanes(1, this::pasteStage);
    private final Optional<VideoWriter> writer;

    Stages(Optional<VideoWriter> writer) throws IOException {
      this.writer = writer;
    }

    private FacePasteStage pasteStage() {
      return new FacePasteStage(
          Mask.bundled(template.resolution()), Blend.REFERENCE, resampling, template);
    }

    ChunkBatch batch(int first, int size) {
      return new ChunkBatch(
          first, size, List.of(dubbed.chunks(schedule, first, size, size)), manager);
    }

    Iterator<ChunkBatch> batches() {
      return IntStream.iterate(0, first -> first < frames, first -> first + CHUNK)
          .mapToObj(first -> batch(first, Math.min(CHUNK, frames - first)))
          .iterator();
    }

    void read(ChunkBatch batch) throws IOException {
      for (int i = 0; i < batch.size(); i++) {
        batch.frames.add(reader.read(schedule.source(batch.first + i)));
      }
    }

    void align(ChunkBatch batch) throws IOException, InterruptedException {
      aligning.align(batch, batch.faces.get(0), schedule, reader);
    }

    @Override
    public void decode(ChunkBatch batch) throws IOException, InterruptedException {
      read(batch);
      align(batch);
    }

    @Override
    public void readAudio(ChunkBatch batch) {}

    @Override
    public void dub(ChunkBatch batch) {
      FaceChunks face = batch.faces.get(0);
      face.faces = face.crops.stream().map(FacePixels::of).toArray(float[][]::new);
    }

    @Override
    public void encode(ChunkBatch batch) throws IOException, InterruptedException {
      lanes.paste(Trace.OFF, batch, frame -> writer.orElseThrow().write(batch.frames.get(frame)));
    }

    @Override
    public void finished(ChunkBatch batch) {}

    @Override
    public void close() {
      aligning.close();
      pasting.close();
      lanes.close();
      manager.close();
      reader.close();
    }
  }
}
