package io.latentsync.job.testing;

import io.latentsync.face.detect.Rotation;
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
 * The sample clip, rotated without metadata, as from a camera that was held sideways or upside
 * down.
 */
public final class TurnedClip {
  private TurnedClip() {}

  /** The unchanged clip with its sound. */
  public static Path standing(Path folder) throws IOException {
    Path clip = folder.resolve("standing.mp4");
    if (!Files.exists(clip)) {
      try (InputStream in = Demonstration.class.getResourceAsStream("/demo/clip1.mp4")) {
        Files.copy(in, clip);
      }
    }
    return clip;
  }

  /**
   * Makes a file, without sound, in a folder.
   *
   * @param frames number of frames from the clip's beginning
   * @param turn rotation of the frames
   * @param black number of black frames at the end
   */
  public static Path of(Path folder, int frames, Rotation turn, int black) throws IOException {
    Path clip = standing(folder);
    Path file = folder.resolve("%s %d %d.mp4".formatted(turn, frames, black));
    VideoProbe probe = VideoProbe.of(clip);
    try (VideoReader reader = VideoReader.open(clip, probe);
        VideoWriter writer = VideoWriter.open(file, probe)) {
      for (int i = 0; i < frames; i++) {
        try (VideoFrame read = reader.read(i)) {
          RgbImage picture =
              i < frames - black
                  ? turn.turn(read.toRgb())
                  : RgbImage.black(read.width(), read.height());
          try (VideoFrame frame = VideoFrame.of(picture, probe)) {
            writer.write(frame);
          }
        }
      }
      writer.finish();
    }
    return file;
  }
}
