package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.testing.Distances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Videos whose pixels are not square. Expected values come from the ffmpeg program. */
class AnamorphicVideoTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "16/11, 0, 186, 96",
    "4/3, 0, 171, 96",
    "8/9, 0, 128, 108",
    "8/9, 90, 108, 128",
    "16/11, 270, 96, 186",
    "1000/1001, 0, 128, 96",
    "1000, 0, 128, 96"
  })
  void picturesAreShownWithSquarePixels(String shape, int degrees, int width, int height)
      throws IOException {
    Path file = video(shape, degrees);
    VideoProbe probe = VideoProbe.of(file);
    assertThat(List.of(probe.shownWidth(), probe.shownHeight())).isEqualTo(List.of(width, height));
    byte[] reference =
        ffmpeg(
            "-i",
            file.toString(),
            "-frames:v",
            "1",
            "-vf",
            "scale=%d:%d".formatted(width, height),
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-");
    RgbImage expected = new RgbImage(width, height, reference);
    try (VideoReader reader = VideoReader.open(file, probe);
        VideoFrame frame = reader.read(0)) {
      assertThat(Distances.greyLevels(frame.toRgb(), expected)).isLessThan(2);
    }
  }

  @Test
  void thePixelShapeOfTheContainerTakesPrecedence() throws IOException {
    Path stream = video("1", 0);
    Path file = folder.resolve("container.mkv");
    ffmpeg("-i", stream.toString(), "-c", "copy", "-aspect", "16:9", file.toString());
    VideoProbe probe = VideoProbe.of(file);
    assertThat(List.of(probe.pixelWidth(), probe.pixelHeight())).isEqualTo(List.of(4, 3));
  }

  /** A disc pasted into the shown picture is a disc in the output, and no other pixels change. */
  @ParameterizedTest
  @CsvSource({"16/11, 0", "8/9, 0", "16/11, 90"})
  void pastedPicturesKeepTheirProportions(String shape, int degrees) throws IOException {
    Path file = video(shape, degrees);
    VideoProbe probe = VideoProbe.of(file);
    Path written = folder.resolve("pasted.mp4");
    RgbImage before;
    RgbImage after;
    try (VideoReader reader = VideoReader.open(file, probe);
        VideoWriter writer = VideoWriter.open(written, probe);
        VideoFrame frame = reader.read(0)) {
      before = frame.toRgb();
      after = before.copy();
      paintDisc(after);
      frame.paste(RgbPart.whole(before), RgbPart.whole(after), new PixelRectangle(20, 20, 81, 81));
      writer.write(frame);
      writer.finish();
    }
    VideoProbe result = VideoProbe.of(written);
    try (VideoReader reader = VideoReader.open(written, result);
        VideoFrame frame = reader.read(0)) {
      RgbImage picture = frame.toRgb();
      int across = 0;
      int down = 0;
      for (int i = 20; i < 81; i++) {
        across += isPainted(picture, i, 50) ? 1 : 0;
        down += isPainted(picture, 50, i) ? 1 : 0;
      }
      assertThat(across).isCloseTo(60, within(3));
      assertThat(down).isCloseTo(60, within(3));
      for (int i = 0; i < 96; i++) {
        assertThat(isPainted(picture, i, 12)).isFalse();
        assertThat(isPainted(picture, 90, i)).isFalse();
      }
      assertThat(Distances.greyLevels(picture, after)).isLessThan(5);
    }
  }

  private static void paintDisc(RgbImage picture) {
    for (int y = 20; y <= 80; y++) {
      for (int x = 20; x <= 80; x++) {
        if (Math.hypot(x - 50, y - 50) <= 30) {
          int at = 3 * (y * picture.width() + x);
          picture.pixels()[at] = (byte) 255;
          picture.pixels()[at + 1] = (byte) 255;
          picture.pixels()[at + 2] = (byte) 255;
        }
      }
    }
  }

  private static boolean isPainted(RgbImage picture, int x, int y) {
    int at = 3 * (y * picture.width() + x);
    return (picture.pixels()[at + 1] & 255) > 190;
  }

  /** Soft and dark, stored as 128×96. */
  private Path video(String shape, int degrees) {
    Path plain = folder.resolve("plain.mp4");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=128x96:d=0.2,gblur=4,eq=contrast=0.5:brightness=-0.1 -c:v libx264"
                + " -preset ultrafast -qp 10 -pix_fmt yuv420p -vf setsar="
                + shape
                + " "
                + plain)
            .split(" "));
    Path file = folder.resolve("turned.mp4");
    ffmpeg(
        "-display_rotation", "" + degrees, "-i", plain.toString(), "-c", "copy", file.toString());
    return file;
  }
}
