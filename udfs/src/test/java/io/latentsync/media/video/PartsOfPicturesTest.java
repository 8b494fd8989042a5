package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of pictures in all kinds of pixel formats and sizes. */
@Tag("slow")
class PartsOfPicturesTest {
  private static final List<String> SIZES = List.of("320x240", "326x250", "321x241", "190x131");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yuv420p",
        "yuvj420p",
        "nv12",
        "yuv422p",
        "yuv444p",
        "yuv440p",
        "yuv411p",
        "yuv410p",
        "yuyv422",
        "yuv420p10le",
        "yuv422p10le",
        "yuv444p12le",
        "gray",
        "gray10le",
        "rgb24",
        "bgra",
        "gbrp10le",
        "pal8"
      })
  void aPartHasThePixelsOfTheWholePicture(String format) throws IOException {
    for (String size : SIZES) {
      for (String shape : List.of("1/1", "64/45", "8/9")) {
        Path file = folder.resolve("%s.nut".formatted(size));
        ffmpeg(
            "-y -f lavfi -i testsrc2=s=%s:d=0.04,noise=alls=20,format=%s,setsar=%s -c:v rawvideo %s"
                .formatted(size, format, shape, file)
                .split(" ", -1));
        VideoProbe probe = VideoProbe.of(file);
        try (VideoReader reader = VideoReader.open(file, probe);
            VideoFrame frame = reader.read(0);
            PictureScaler scaler = new PictureScaler()) {
          RgbImage whole = frame.toRgb();
          for (PixelRectangle area : areas(whole)) {
            RgbPart part = frame.toRgb(area, scaler);
            assertThat(part.area().intersection(area)).isEqualTo(area);
            assertEqualIn(area, part, whole);
          }
        }
      }
    }
  }

  private static List<PixelRectangle> areas(RgbImage whole) {
    int width = whole.width();
    int height = whole.height();
    return List.of(
        PixelRectangle.of(whole),
        new PixelRectangle(101, 67, 150, 118),
        new PixelRectangle(64, 32, 96, 64),
        new PixelRectangle(0, 0, 1, 1),
        new PixelRectangle(width - 51, height - 33, width, height),
        new PixelRectangle(87, 0, 88, height),
        new PixelRectangle(0, 53, width, 54));
  }

  private static void assertEqualIn(PixelRectangle area, RgbPart part, RgbImage whole) {
    for (int y = area.y0(); y < area.y1(); y++) {
      for (int x = area.x0(); x < area.x1(); x++) {
        for (int c = 0; c < 3; c++) {
          assertThat(part.pixels().pixels()[part.index(x, y) + c])
              .as("channel %d of (%d, %d) in %s", c, x, y, area)
              .isEqualTo(whole.pixels()[3 * (y * whole.width() + x) + c]);
        }
      }
    }
  }
}
