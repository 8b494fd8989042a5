package io.latentsync.job.testing;

import io.latentsync.image.RgbImage;
import io.latentsync.job.request.Demonstration;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A video of two synthetic heads side by side. The left one is the larger at the beginning, the
 * right one grows, and the left one is absent from frame 16 to frame 31.
 */
public final class TwoHeads {
  /** Side of each half in pixels. */
  public static final int SIDE = 512;

  private TwoHeads() {}

  /**
   * Writes the video.
   *
   * @param frames number of frames, at 25 fps
   */
  public static Path write(Path folder, int frames) throws IOException {
    Path file = folder.resolve("two people.mp4");
    Path first = sample(folder, "clip1.mp4");
    Path second = sample(folder, "clip2.mp4");
    VideoProbe firstProbe = VideoProbe.of(first);
    VideoProbe secondProbe = VideoProbe.of(second);
    VideoProbe like = VideoProbe.ofPictures(2 * SIDE, SIDE);
    try (VideoReader left = VideoReader.open(first, firstProbe);
        VideoReader right = VideoReader.open(second, secondProbe);
        VideoWriter writer = VideoWriter.open(file, like)) {
      for (int i = 0; i < frames; i++) {
        RgbImage both = RgbImage.black(2 * SIDE, SIDE);
        if (i < 16 || i >= 32) {
          draw(left, i, 0.9, both, 0);
        }
        draw(right, i, i < 16 ? 0.6 : 0.6 + 0.4 * Math.min(1, (i - 16) / 8.0), both, SIDE);
        try (VideoFrame frame = VideoFrame.of(both, like)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    return file;
  }

  private static Path sample(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = Demonstration.class.getResourceAsStream("/demo/" + name)) {
      Files.copy(in, file);
    }
    return file;
  }

  /** Draws a frame, scaled about its middle, into the half that begins at a column. */
  private static void draw(
      VideoReader reader, int index, double scale, RgbImage target, int firstColumn)
      throws IOException {
    try (VideoFrame frame = reader.read(index)) {
      RgbImage picture = frame.toRgb();
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int u = (int) Math.floor((x - SIDE / 2.0) / scale + SIDE / 2.0);
          int v = (int) Math.floor((y - SIDE / 2.0) / scale + SIDE / 2.0);
          if (u >= 0 && v >= 0 && u < SIDE && v < SIDE) {
            System.arraycopy(
                picture.pixels(),
                3 * (v * SIDE + u),
                target.pixels(),
                3 * (y * 2 * SIDE + firstColumn + x),
                3);
          }
        }
      }
    }
  }
}
