package io.latentsync.model.render;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.video.PictureScaler;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.estimate.GpuKind;
import io.latentsync.model.estimate.WorkEstimate;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How busy a GPU is while frames are decoded, pasted and encoded on a CPU: the real pipeline and
 * the real permits, with stages that wait as long as the work takes. The times of the CPU's stages
 * are measured here with real frames of 1920×1080, those of the GPU are estimated from its kind.
 */
final class GpuLanes {
  private static final int FRAMES = 96;
  private static final int CORES = 16;
  private static final int SEGMENT_CHUNKS = 8;
  private static final int SEGMENTS = 6;

  /** Seconds that a simulation takes at most if the GPU is always busy. */
  private static final double LONGEST = 10;

  private GpuLanes() {}

  /**
   * Seconds per frame of each stage on one core.
   *
   * @param decode of decoding and conversion to RGB
   * @param encode of pasting and encoding
   */
  private record Lanes(double decode, double encode) {}

  /** The frames of a chunk; they exist only as waiting times. */
  private record Chunk(int frames) implements Closeable {
    @Override
    public void close() {}
  }

  /**
   * Prints a Markdown table.
   *
   * @param arguments the yaml of a UNet
   */
  public static void main(String[] arguments) throws Exception {
    ModelConfig config = ModelConfig.read(Path.of(arguments[0]));
    Lanes lanes = measure(config.resolution());
    System.out.printf(
        Locale.ROOT,
        "Measured per frame of 1920×1080 on one core: decode %.1f ms, paste and encode %.1f ms.%n%n",
        1000 * lanes.decode(),
        1000 * lanes.encode());
    System.out.println("| GPU | tasks | GPU busy | frames/s | limit |");
    System.out.println("|---|---:|---:|---:|---|");
    for (GpuKind kind : GpuKind.values()) {
      double chunk =
          WorkEstimate.of(config, new SamplerOptions(20, 1.5, false, Scheduler.Kind.DDIM, 0, 0))
                  .flopsPerFrame()
              * config.chunkFrames()
              / kind.flopsPerSecond();
      for (int tasks : new int[] {1, 2, 4}) {
        print(kind, tasks, chunk, config.chunkFrames(), lanes);
      }
    }
  }

  private static void print(GpuKind kind, int tasks, double chunk, int frames, Lanes lanes)
      throws Exception {
    // The simulation runs faster than the work by this factor.
    double haste = Math.max(1, tasks * SEGMENTS * SEGMENT_CHUNKS * chunk / LONGEST);
    AtomicLong busy = new AtomicLong();
    ComputePermits permits = new ComputePermits(1);
    Semaphore cores = new Semaphore(CORES, true);
    ExecutorService threads = Executors.newFixedThreadPool(tasks);
    long start = System.nanoTime();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int task = 0; task < tasks; task++) {
        running.add(
            threads.submit(
                () -> {
                  for (int segment = 0; segment < SEGMENTS; segment++) {
                    FramePipeline.run(
                        Collections.nCopies(SEGMENT_CHUNKS, new Chunk(frames)).iterator(),
                        new Waiting(chunk, lanes, haste, permits, cores, busy));
                  }
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      threads.shutdown();
    }
    double seconds = haste * (System.nanoTime() - start) / 1e9;
    double share = haste * busy.get() / 1e9 / seconds;
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.0f %% | %.1f | %s |%n",
        kind,
        tasks,
        100 * share,
        tasks * SEGMENTS * SEGMENT_CHUNKS * frames / seconds,
        share >= 0.95
            ? "GPU"
            : frames * lanes.encode() > chunk / tasks
                ? "paste and encode"
                : "start and end of segments");
  }

  /** Stages that wait. */
  private record Waiting(
      double chunk,
      Lanes lanes,
      double haste,
      ComputePermits permits,
      Semaphore cores,
      AtomicLong busy)
      implements FramePipeline.Stages<Chunk> {

    @Override
    public void decode(Chunk item) throws InterruptedException {
      onCore(item.frames() * lanes.decode());
    }

    @Override
    public void readAudio(Chunk item) {}

    @Override
    public void dub(Chunk item) throws InterruptedException {
      try (ComputePermits.Permit permit = permits.acquire()) {
        long start = System.nanoTime();
        pause(chunk);
        busy.addAndGet(System.nanoTime() - start);
      }
    }

    @Override
    public void encode(Chunk item) throws InterruptedException {
      onCore(item.frames() * lanes.encode());
    }

    @Override
    public void finished(Chunk item) {}

    private void onCore(double seconds) throws InterruptedException {
      cores.acquire();
      try {
        pause(seconds);
      } finally {
        cores.release();
      }
    }

    private void pause(double seconds) throws InterruptedException {
      TimeUnit.NANOSECONDS.sleep((long) (1e9 * seconds / haste));
    }
  }

  private static Lanes measure(int resolution) throws IOException {
    Path folder = Files.createTempDirectory("lanes");
    Path source = folder.resolve("source.mp4");
    makeVideo(source);
    VideoProbe probe = VideoProbe.of(source);
    FaceTemplate template = new FaceTemplate(resolution);
    FaceCropper cropper = new FaceCropper(template);
    FacePaster paster = new FacePaster(template);
    PixelRectangle all = new PixelRectangle(0, 0, probe.shownWidth(), probe.shownHeight());
    // A face of a third of the picture's height.
    float scale = template.height() / 360f;
    AffineMatrix matrix = new AffineMatrix(scale, 0, -700 * scale, 0, scale, -300 * scale);
    float[] face = new float[3 * resolution * resolution];
    long decoding = 0;
    long encoding = 0;
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(folder.resolve("written.mp4"), probe);
        PictureScaler scaler = new PictureScaler()) {
      for (int i = 0; i < FRAMES; i++) {
        long start = System.nanoTime();
        try (VideoFrame frame = reader.read(i)) {
          frame.toRgb(cropper.area(matrix), scaler);
          long decoded = System.nanoTime();
          RgbPart before = frame.toRgb(paster.area(matrix, all), scaler);
          RgbPart after = before.copy();
          PixelRectangle changed = paster.paste(after, FacePatch.whole(face), matrix);
          frame.paste(before, after, changed);
          writer.write(frame);
          decoding += decoded - start;
          encoding += System.nanoTime() - decoded;
        }
      }
      long start = System.nanoTime();
      writer.finish();
      encoding += System.nanoTime() - start;
    } finally {
      Files.deleteIfExists(folder.resolve("written.mp4"));
      Files.deleteIfExists(source);
      Files.deleteIfExists(folder);
    }
    return new Lanes(decoding / 1e9 / FRAMES, encoding / 1e9 / FRAMES);
  }

  /** A moving pattern with some noise, as a camera has it. */
  private static void makeVideo(Path file) throws IOException {
    VideoProbe like = VideoProbe.ofPictures(1920, 1080);
    Random random = new Random(1);
    try (VideoWriter writer = VideoWriter.open(file, like)) {
      for (int i = 0; i < FRAMES; i++) {
        RgbImage picture = RgbImage.black(like.width(), like.height());
        for (int at = 0; at < picture.pixels().length; at++) {
          int x = at / 3 % like.width();
          int y = at / 3 / like.width();
          double wave = Math.sin((x + 3 * i) / 37.0) * Math.cos((y - i) / 53.0);
          picture.pixels()[at] = (byte) (110 + 60 * wave + random.nextInt(8));
        }
        try (VideoFrame frame = VideoFrame.of(picture, like)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
  }
}
