package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.LumaDifference;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.media.video.VideoWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VisibleLabelTest {
  private static final String TEXT = "AI-generated lips (LatentSync)";

  @TempDir Path folder;

  private static RgbImage grey(int width, int height) {
    RgbImage image = RgbImage.black(width, height);
    Arrays.fill(image.pixels(), (byte) 150);
    return image;
  }

  /** The picture after it was labelled, written and read. */
  private RgbImage labelled(String text, int width, int height) throws IOException {
    VideoProbe like = VideoProbe.ofPictures(width, height);
    Path file = folder.resolve("labelled.mp4");
    try (VideoWriter writer = VideoWriter.open(file, like);
        VideoFrame frame = VideoFrame.of(grey(width, height), like)) {
      VisibleLabel.of(text, like).get().draw(frame);
      writer.write(frame);
      writer.finish();
    }
    try (VideoReader reader = VideoReader.open(file, VideoProbe.of(file));
        VideoFrame frame = reader.read(0)) {
      return frame.toRgb();
    }
  }

  @ParameterizedTest
  @CsvSource({"1920, 1080", "1080, 1920", "640, 360", "256, 256", "3840, 2160", "98, 64"})
  void theLettersAreWhiteOnADarkBoxInsideThePicture(int width, int height) throws IOException {
    PixelRectangle area = VisibleLabel.of(TEXT, VideoProbe.ofPictures(width, height)).get().area();
    assertThat(area.x0()).isBetween(0, width / 10);
    assertThat(area.y1()).isBetween(height * 9 / 10 - 4, height);
    assertThat(area.x1()).isLessThanOrEqualTo(width);
    assertThat(area.x1() - area.x0()).isGreaterThan(width / 6);
    assertThat(area.y1() - area.y0()).isGreaterThan(height / 40);
    RgbImage picture = labelled(TEXT, width, height);
    int light = 0;
    int dark = 0;
    for (int y = area.y0(); y < area.y1(); y++) {
      for (int x = area.x0(); x < area.x1(); x++) {
        int value = picture.pixels()[3 * (y * width + x)] & 255;
        light += value > 180 ? 1 : 0;
        dark += value < 60 ? 1 : 0;
      }
    }
    int all = (area.x1() - area.x0()) * (area.y1() - area.y0());
    assertThat((double) light / all).as("letters").isBetween(0.03, 0.4);
    assertThat((double) dark / all).as("box").isGreaterThan(0.3);
  }

  @Test
  void theRestOfThePictureIsUntouched() {
    VideoProbe like = VideoProbe.ofPictures(640, 360);
    VisibleLabel label = VisibleLabel.of("AI", like).get();
    try (VideoFrame plain = VideoFrame.of(grey(640, 360), like);
        VideoFrame drawn = VideoFrame.of(grey(640, 360), like)) {
      label.draw(drawn);
      assertThat(LumaDifference.outside(plain, drawn, List.of(label.area())).squares()).isZero();
      assertThat(LumaDifference.inside(plain, drawn, label.area()).squares()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"généré par IA", "", "   ", "a\nb"})
  void onlyAsciiCanBeDrawn(String text) {
    assertThatThrownBy(() -> VisibleLabel.require(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must have 1 to 60 characters of ASCII, such as AI-generated");
  }

  @ParameterizedTest
  @CsvSource({"1, 90", "90, 1"})
  void aVideoOfOneRowOrColumnHasNoRoom(int width, int height) {
    VideoProbe like = VideoProbe.ofPictures(width, height);
    RgbImage picture = RgbImage.black(width, height);
    try (VideoFrame frame = VideoFrame.of(picture, like)) {
      VisibleLabel label = VisibleLabel.of(TEXT, like).get();
      label.draw(frame);
      assertThat(label.area()).isEqualTo(PixelRectangle.EMPTY);
    }
  }

  @Test
  void noTextIsNoLabel() {
    assertThat(VisibleLabel.of("", VideoProbe.ofPictures(64, 64))).isEmpty();
    assertThat(VisibleLabel.require("KI-generiert ~!")).isEqualTo("KI-generiert ~!");
    assertThatThrownBy(() -> VisibleLabel.require("x".repeat(61)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
