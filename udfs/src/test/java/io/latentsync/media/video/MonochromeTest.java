package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_MPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_GRAY8;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Videos that have luma only. */
class MonochromeTest {
  private static final String X265 = "libx265 -x265-params log-level=none:lossless=1";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"h264, true", "hevc, true", "av1, true", "ffv1, false", "rawvideo, false"})
  void untaggedLumaIsLimitedIfTheCodecsStandardDefinesIt(String codec, boolean limited) {
    AVFrame picture = av_frame_alloc();
    picture.format(AV_PIX_FMT_GRAY8).color_range(AVCOL_RANGE_UNSPECIFIED).width(16).height(16);
    assertThat(av_frame_get_buffer(picture, 0)).isZero();
    AVFrame colored = Monochrome.withChroma(picture, codec);
    assertThat(colored.color_range()).isEqualTo(limited ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG);
    av_frame_free(colored);
    av_frame_free(picture);
  }

  /** Bars of the given luma, and the expected result. */
  @ParameterizedTest
  @CsvSource({
    // Limited range: 16 is black and 235 white.
    "mp4, gray, tv, " + X265 + ", 16 128 235, 16 128 235, 0 130 255",
    "mp4, gray10le, tv, " + X265 + ", 64 512 940, 16 128 235, 0 130 255",
    "mp4, gray12le, tv, " + X265 + ", 256 2048 3760, 16 128 235, 0 130 255",
    "mp4, gray, pc, " + X265 + ", 0 128 255, 0 128 255, 0 128 255",
    "mp4, gray10le, pc, " + X265 + ", 0 514 1023, 0 128 255, 0 128 255",
    // Untagged gray has full range in FFmpeg; the output has limited range.
    "avi, gray, pc, ffv1, 0 128 255, 16 126 235, 0 128 255",
    "mkv, gray16le, tv, ffv1, 4096 32768 60160, 16 128 235, 0 130 255",
    "png, gray, pc, png -update 1, 0 128 255, 0 128 255, 0 128 255"
  })
  void lumaIsUntouchedAndChromaNeutral(
      String extension,
      String format,
      String range,
      String codec,
      String made,
      String stored,
      String seen)
      throws IOException {
    Path file = folder.resolve("gray." + extension);
    String[] bars = made.split(" ", -1);
    String luma = "lum='if(lt(X\\,32)\\,%s\\,if(lt(X\\,64)\\,%s\\,%s))'".formatted((Object[]) bars);
    ffmpeg(
        ("-f lavfi -i color=s=96x64:d=0.2,format=%s,geq=%s,setparams=range=%s -c:v %s"
                + " -pix_fmt %s %s")
            .formatted(format, luma, range, codec, format, file)
            .split(" ", -1));
    VideoProbe probe =
        VideoProbe.of(
            file, FrameRatePolicy.REFERENCE, Deinterlacing.AUTO, EncoderOptions.Depth.EIGHT);
    try (VideoReader reader = VideoReader.open(file, probe);
        VideoFrame frame = reader.read(0)) {
      RgbImage picture = frame.toRgb();
      for (int bar = 0; bar < 3; bar++) {
        int x = 16 + 32 * bar;
        int y = 30;
        int planar = frame.planar().data(0).get((long) y * frame.planar().linesize(0) + x) & 255;
        assertThat(planar).isCloseTo(Integer.parseInt(stored.split(" ", -1)[bar]), within(1));
        for (int plane = 1; plane < 3; plane++) {
          long at = (long) y / 2 * frame.planar().linesize(plane) + x / 2;
          assertThat(frame.planar().data(plane).get(at) & 255).isEqualTo(128);
        }
        int wanted = Integer.parseInt(seen.split(" ", -1)[bar]);
        for (int channel = 0; channel < 3; channel++) {
          assertThat(picture.pixels()[3 * (y * 96 + x) + channel] & 255)
              .isCloseTo(wanted, within(2));
        }
      }
      RgbImage painted = picture.copy();
      for (int i = 0; i < painted.pixels().length; i += 3) {
        painted.pixels()[i] = (byte) 200;
      }
      frame.paste(RgbPart.whole(picture), RgbPart.whole(painted), new PixelRectangle(0, 0, 96, 64));
      for (int plane = 1; plane < 3; plane++) {
        assertThat(frame.planar().data(plane).get(0) & 255).isEqualTo(128);
      }
    }
  }
}
