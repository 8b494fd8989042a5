package io.latentsync.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MadePicturesTest {
  @TempDir Path folder;

  /** Smooth colours that differ in each frame. */
  private static RgbImage picture(int width, int height, int frame) {
    RgbImage image = RgbImage.black(width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        image.pixels()[at] = (byte) (60 + x);
        image.pixels()[at + 1] = (byte) (200 - 2 * y);
        image.pixels()[at + 2] = (byte) (90 + 10 * frame);
      }
    }
    return image;
  }

  @Test
  void frameOfAPictureReturnsThatPicture() {
    RgbImage picture = picture(63, 41, 0);
    try (VideoFrame frame = VideoFrame.of(picture, VideoProbe.ofPictures(63, 41))) {
      assertThat(frame.toRgb().pixels()).isEqualTo(picture.pixels());
    }
  }

  @Test
  void writtenPicturesAreReadBackInTheirOrderAndColours() throws IOException {
    Path file = folder.resolve("made.mp4");
    VideoProbe like = VideoProbe.ofPictures(96, 64);
    try (VideoWriter writer = VideoWriter.open(file, like)) {
      for (int i = 0; i < 5; i++) {
        try (VideoFrame frame = VideoFrame.of(picture(96, 64, i), like)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    VideoProbe probe = VideoProbe.of(file);
    assertThat(probe.frames()).isEqualTo(5);
    assertThat(probe.color()).isEqualTo(like.color());
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int i = 0; i < 5; i++) {
        try (VideoFrame frame = reader.read(i)) {
          byte[] read = frame.toRgb().pixels();
          byte[] made = picture(96, 64, i).pixels();
          double error = 0;
          for (int at = 0; at < made.length; at++) {
            error += Math.abs((made[at] & 255) - (read[at] & 255));
          }
          assertThat(error / made.length).as("frame %d", i).isLessThan(3);
        }
      }
    }
  }

  @Test
  void pictureOfAnotherSizeIsRefused() {
    assertThatThrownBy(() -> VideoFrame.of(picture(32, 32, 0), VideoProbe.ofPictures(32, 30)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32×32")
        .hasMessageContaining("32×30");
  }
}
