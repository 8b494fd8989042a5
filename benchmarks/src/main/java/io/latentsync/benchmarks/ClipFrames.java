package io.latentsync.benchmarks;

import com.google.common.io.MoreFiles;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pictures of the demonstration's head: 512×512 pixels. */
final class ClipFrames {
  private ClipFrames() {}

  /** A frame of the clip, from 0. */
  static RgbImage get(int frame) throws IOException {
    Path folder = Files.createTempDirectory("benchmark");
    try {
      Path clip = Clips.sample("clip1.mp4", folder);
      try (VideoReader reader = VideoReader.open(clip, VideoProbe.of(clip));
          VideoFrame picture = reader.read(frame)) {
        return picture.toRgb();
      }
    } finally {
      MoreFiles.deleteRecursively(folder);
    }
  }
}
