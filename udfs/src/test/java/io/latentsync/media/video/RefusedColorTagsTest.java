package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** All values of the colour tags; FFmpeg's scaler refuses some of them. */
@Tag("slow")
class RefusedColorTagsTest {
  @TempDir static Path folder;
  private static Path untagged;
  private static RgbImage expected;

  @BeforeAll
  static void anUntaggedVideo() throws IOException {
    untagged = folder.resolve("untagged.h264");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=96x64:d=0.12,gblur=2 -c:v libx264 -preset ultrafast -qp 8"
                + " -pix_fmt yuv420p "
                + untagged)
            .split(" "));
    expected = first(untagged);
  }

  static Stream<String> tags() {
    return Stream.of(
            IntStream.range(0, 18).mapToObj(value -> "matrix_coefficients=" + value),
            IntStream.range(1, 23).mapToObj(value -> "colour_primaries=" + value),
            IntStream.range(1, 20).mapToObj(value -> "transfer_characteristics=" + value))
        .flatMap(values -> values);
  }

  @ParameterizedTest
  @MethodSource("tags")
  void aVideoWithAnyTagIsReadPastedIntoAndWritten(String tag) throws IOException {
    for (int degrees : new int[] {0, 90}) {
      Path file = tagged(tag, degrees);
      VideoProbe probe = VideoProbe.of(file);
      Path written = folder.resolve("written.mp4");
      try (VideoReader reader = VideoReader.open(file, probe);
          VideoWriter writer = VideoWriter.open(written, probe);
          VideoFrame frame = reader.read(0)) {
        RgbImage before = frame.toRgb();
        if (!probe.color().refused().isEmpty() && degrees == 0) {
          assertThat(before.pixels()).isEqualTo(expected.pixels());
        }
        RgbImage after = before.copy();
        Arrays.fill(after.pixels(), 0, 3 * 96 * 20, (byte) 180);
        frame.paste(RgbPart.whole(before), RgbPart.whole(after), PixelRectangle.of(before));
        writer.write(frame);
        writer.finish();
        try (VideoReader again = VideoReader.open(written, VideoProbe.of(written));
            VideoFrame pasted = again.read(0)) {
          int at = 3 * (5 * before.width() + 30);
          assertThat(pasted.toRgb().pixels()[at] & 255).isBetween(174, 186);
        }
      }
      assertThat(colors(written)).isEqualTo(colors(file));
    }
  }

  @ParameterizedTest
  @CsvSource({"8, ycgco", "10, bt2020c", "15, ipt-c2"})
  void theRefusedMatrixIsNamed(int value, String name) throws IOException {
    Path file = tagged("matrix_coefficients=" + value, 0);
    assertThat(VideoProbe.of(file).color().refused()).containsExactly("matrix " + name);
  }

  @Test
  void logarithmicTransferAndReservedValuesAreNamed() {
    assertThat(new ColorTags(1, 3, 3, 9).refused())
        .containsExactly("matrix 3", "primaries 3", "transfer log100");
    assertThat(new ColorTags(1, 1, 1, 1).refused()).isEmpty();
    assertThat(new ColorTags(0, 2, 2, 2).refused()).isEmpty();
  }

  private static String colors(Path file) {
    String[] tags =
        ffprobe(
                "-show_entries",
                "stream=color_space,color_transfer,color_primaries",
                "-of",
                "csv=p=0",
                file.toString())
            .split(",", -1);
    return String.join(" ", tags[0], tags[1], tags[2]);
  }

  private static Path tagged(String tag, int degrees) {
    Path stream = folder.resolve("tagged.h264");
    ffmpeg("-i", untagged.toString(), "-c", "copy", "-bsf:v", "h264_metadata=" + tag, "" + stream);
    Path file = folder.resolve("tagged.mkv");
    ffmpeg(
        ("-display_rotation " + degrees + " -r 25 -i " + stream + " -c copy " + file).split(" "));
    return file;
  }

  private static RgbImage first(Path file) throws IOException {
    try (VideoReader reader = VideoReader.open(file, VideoProbe.of(file));
        VideoFrame frame = reader.read(0)) {
      return frame.toRgb();
    }
  }
}
