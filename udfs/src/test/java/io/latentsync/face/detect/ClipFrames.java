package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Frames of the demonstration's synthetic heads ({@code clip1.mp4}, {@code clip2.mp4}) and of the
 * real clips; where the real ones are absent the calling test is skipped.
 */
public final class ClipFrames {
  private ClipFrames() {}

  /** One frame of a clip. */
  public static RgbImage frame(String clip, int index) {
    List<RgbImage> frames = new ArrayList<>();
    forEach(clip, index + 1, i -> i == index, frames::add);
    return frames.get(0);
  }

  /** Passes the wanted ones of a clip's first frames to a consumer, in order. */
  static void forEach(String clip, int end, IntPredicate wanted, Consumer<RgbImage> consumer) {
    if (!clip.startsWith("clip")) {
      read(Clips.clip(clip), end, wanted, consumer);
      return;
    }
    try {
      Path folder = Files.createTempDirectory("clip");
      Path file = Clips.sample(clip, folder);
      try {
        read(file, end, wanted, consumer);
      } finally {
        Files.delete(file);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void read(Path file, int end, IntPredicate wanted, Consumer<RgbImage> consumer) {
    try (VideoReader reader = VideoReader.open(file, VideoProbe.of(file))) {
      for (int i = 0; i < end; i++) {
        if (wanted.test(i)) {
          try (VideoFrame frame = reader.read(i)) {
            consumer.accept(frame.toRgb());
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
