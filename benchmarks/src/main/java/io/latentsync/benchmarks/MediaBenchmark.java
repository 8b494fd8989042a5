package io.latentsync.benchmarks;

import com.google.common.io.MoreFiles;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Frames of 512×512 pixels in H.264: decoding and colour conversion. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MediaBenchmark {
  /** Side of the changed square, in pixels. */
  private static final int CHANGED = 256;

  private Path folder;
  private VideoReader reader;
  private int frames;
  private int next;
  private VideoFrame frame;
  private RgbPart before;
  private RgbPart after;

  /** Opens the demonstration's clip and inverts a square in the middle of its first frame. */
  @Setup
  public void open() throws IOException {
    folder = Files.createTempDirectory("benchmark");
    Path clip = Clips.sample("clip1.mp4", folder);
    VideoProbe probe = VideoProbe.of(clip);
    frames = probe.frames();
    reader = VideoReader.open(clip, probe);
    frame = reader.read(0);
    before = RgbPart.whole(frame.toRgb());
    after = before.copy();
    int edge = (before.width() - CHANGED) / 2;
    for (int y = edge; y < edge + CHANGED; y++) {
      for (int at = 3 * (y * before.width() + edge);
          at < 3 * (y * before.width() + edge + CHANGED);
          at++) {
        after.pixels().pixels()[at] = (byte) ~before.pixels().pixels()[at];
      }
    }
    next = 1;
  }

  /** Closes and removes the clip. */
  @TearDown
  public void close() throws IOException {
    frame.close();
    reader.close();
    MoreFiles.deleteRecursively(folder);
  }

  /** Decodes the next frame of the clip; the first one follows the last. */
  @Benchmark
  public int decodeFrame() throws IOException {
    try (VideoFrame decoded = reader.read(next)) {
      next = (next + 1) % frames;
      return decoded.width();
    }
  }

  /** Converts a decoded frame to RGB. */
  @Benchmark
  public RgbImage yuvToRgb() {
    return frame.toRgb();
  }

  /** Converts the changed square, 256×256 pixels, back to the frame's own samples. */
  @Benchmark
  public VideoFrame rgbToYuv() {
    frame.paste(before, after, PixelRectangle.of(before.pixels()));
    return frame;
  }
}
