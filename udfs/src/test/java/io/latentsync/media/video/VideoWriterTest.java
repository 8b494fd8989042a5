package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.MediaException;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.testing.Distances;
import io.latentsync.testing.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values come from the ffmpeg and ffprobe programs. */
@Tag("slow")
class VideoWriterTest {
  /** A smooth moving picture with slight noise, as from a camera. */
  private static final String CAMERA =
      "-f lavfi -i testsrc2=s=%s:d=2,gblur=4,noise=alls=3:allf=t,format=yuv420p"
          + " -c:v libx264 -crf 20 -preset ultrafast ";

  private static final PixelRectangle BOX = new PixelRectangle(40, 30, 88, 70);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "bt709, tv, bt709, bt709",
    "bt709, pc, bt709, bt709",
    "smpte170m, tv, smpte170m, smpte170m",
    "bt470bg, pc, bt470bg, bt470bg",
    "bt2020nc, tv, bt2020, bt2020-10"
  })
  void coloursAreKeptAndTaggedAndOnlyTheEditChanges(
      String matrix, String range, String primaries, String transfer) throws IOException {
    Path source =
        make(
            "128x96",
            ("-vf scale=out_range=%s,setparams=colorspace=%s:range=%s:color_primaries=%s"
                    + ":color_trc=%s")
                .formatted(range, matrix, range, primaries, transfer));
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("geschrieben – 出力.mp4");
    List<RgbImage> wanted = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(written, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          RgbImage before = frame.toRgb();
          RgbImage after = painted(before);
          frame.paste(RgbPart.whole(before), RgbPart.whole(after), BOX);
          writer.write(frame);
          wanted.add(after);
        }
      }
      writer.finish();
    }
    assertThat(
            ffprobe(
                "-select_streams",
                "v",
                "-show_entries",
                "stream=codec_name,profile,pix_fmt,color_range,color_space,color_transfer,"
                    + "color_primaries,r_frame_rate,avg_frame_rate",
                "-of",
                "csv=p=0",
                written.toString()))
        .isEqualTo(
            "h264,High,%s,%s,%s,%s,%s,25/1,25/1"
                .formatted(
                    range.equals("pc") ? "yuvj420p" : "yuv420p",
                    range,
                    matrix,
                    transfer,
                    primaries));
    byte[] before = raw(source, "yuv420p");
    byte[] after = raw(written, "yuv420p");
    assertThat(after).hasSameSizeAs(before);
    assertThat(lumaPsnr(before, after, 128, 96)).isGreaterThan(40);
    // The edit has the right colours: a flat patch is read back as RGB.
    byte[] rgb = raw(written, "rgb24");
    int centre = 3 * (50 * 128 + 64);
    for (int i = 0; i < wanted.size(); i++) {
      for (int c = 0; c < 3; c++) {
        assertThat(rgb[i * 3 * 128 * 96 + centre + c] & 255)
            .isCloseTo(wanted.get(i).pixels()[centre + c] & 255, within(6));
      }
    }
  }

  @Test
  void pasteChangesOnlyTheSamplesOfChangedPixels() throws IOException {
    Path source = make("128x96", "-an");
    VideoProbe probe = VideoProbe.of(source);
    byte[] original = raw(source, "yuv420p");
    int size = 128 * 96;
    Path written = folder.resolve("exact.mp4");
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoFrame frame = reader.read(0);
        VideoFrame twin = reader.read(0)) {
      RgbImage before = frame.toRgb();
      RgbImage after = before.copy();
      Arrays.fill(after.pixels(), 3 * (31 * 128 + 41), 3 * (31 * 128 + 51), (byte) 200);
      Arrays.fill(after.pixels(), 0, 30, (byte) 1);
      frame.paste(RgbPart.whole(before), RgbPart.whole(after), BOX);
      byte[] pasted = samples(frame);
      for (int i = 0; i < size; i++) {
        boolean edited = i >= 31 * 128 + 41 && i < 31 * 128 + 51;
        assertThat(pasted[i]).isEqualTo(edited ? (byte) 188 : original[i]);
      }
      for (int i = 0; i < size / 2; i++) {
        int y = i % (size / 4) / 64;
        int x = i % 64;
        boolean edited = y == 15 && x >= 20 && x <= 25;
        if (!edited) {
          assertThat(pasted[size + i]).isEqualTo(original[size + i]);
        }
      }
      assertThat(samples(twin)).isEqualTo(Arrays.copyOf(original, size * 3 / 2));
      assertThat(frame.toRgb().pixels()).isEqualTo(before.pixels());
    }
    assertThat(written).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127x95", "65x48", "64x49"})
  void oddSidesAreExtendedByARepeatedLine(String size) throws IOException {
    Path source = folder.resolve("odd.mkv");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=" + size + ":d=1,gblur=3 -c:v ffv1 -pix_fmt yuv420p " + source)
            .split(" "));
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("odd.mp4");
    copy(source, written, 0, probe.frames(), true);
    int width = (probe.width() + 1) / 2 * 2;
    int height = (probe.height() + 1) / 2 * 2;
    VideoProbe result = VideoProbe.of(written);
    assertThat(List.of(result.width(), result.height(), result.frames()))
        .isEqualTo(List.of(width, height, 25));
    String shape = probe.width() + ":" + probe.height() + ":0:0";
    byte[] kept =
        ffmpeg(
            "-i",
            written.toString(),
            "-vf",
            "crop=" + shape + ":exact=1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-");
    byte[] original = ffmpeg("-i", source.toString(), "-f", "rawvideo", "-pix_fmt", "gray", "-");
    assertThat(Distances.psnr(original, kept)).isGreaterThan(38);
  }

  @Test
  void pixelsKeepTheirShape() throws IOException {
    Path source = make("128x96", "-vf setsar=4/3");
    Path written = folder.resolve("wide.mp4");
    copy(source, written, 0, 5, true);
    assertThat(
            ffprobe("-show_entries", "stream=sample_aspect_ratio", "-of", "csv=p=0", "" + written))
        .isEqualTo("4:3");
  }

  @Test
  void unfinishedFilesAreDeleted() throws IOException {
    Path source = make("128x96", "-an");
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("half.mp4");
    copy(source, written, 0, 5, false);
    assertThat(written).doesNotExist();
    assertThatThrownBy(() -> VideoWriter.open(folder.resolve("no/such/folder.mp4"), probe))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("folder.mp4: cannot be written");
  }

  @Test
  void theSameFramesGiveTheSameBytes() throws IOException {
    Path source = make("128x96", "-an");
    Path first = folder.resolve("first.mp4");
    Path second = folder.resolve("second.mp4");
    copy(source, first, 3, 30, true);
    copy(source, second, 3, 30, true);
    assertThat(second).hasSameBinaryContentAs(first);
  }

  @Test
  void openh264ReplacesX264() throws IOException {
    Path source = make("128x96", "-an");
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("openh264.mp4");
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(written, probe, "libopenh264")) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    assertThat(Distances.psnr(raw(source, "yuv420p"), raw(written, "yuv420p"))).isGreaterThan(40);
  }

  @Test
  void nativeMemoryDoesNotGrowWithTheNumberOfFrames() throws IOException {
    // 4:4:4, so that each frame is converted in native memory; not RGB, whose Java garbage would
    // hide a leak.
    Path source = make("640x480", "-pix_fmt yuv444p");
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("round.mp4");
    long settled = 0;
    for (int round = 0; round < 16; round++) {
      try (VideoReader reader = VideoReader.open(source, probe);
          VideoWriter writer = VideoWriter.open(written, probe)) {
        for (int i = 0; i < 20; i++) {
          try (VideoFrame frame = reader.read(i)) {
            writer.write(frame);
          }
        }
        writer.finish();
      }
      if (round == 5) {
        settled = NativeMemory.allocated();
      }
    }
    // Leaked copies of the 200 frames since then would be 276 MB as 4:4:4 and 4:2:0.
    assertThat(NativeMemory.allocated() - settled).isLessThan(20L << 20);
  }

  private static void copy(Path source, Path target, int from, int to, boolean finish)
      throws IOException {
    VideoProbe probe = VideoProbe.of(source);
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(target, probe)) {
      for (int i = from; i < to; i++) {
        try (VideoFrame frame = reader.read(i)) {
          RgbImage rgb = frame.toRgb();
          frame.paste(RgbPart.whole(rgb), RgbPart.whole(rgb), PixelRectangle.of(rgb));
          writer.write(frame);
        }
      }
      if (finish) {
        writer.finish();
      }
    }
  }

  private static RgbImage painted(RgbImage before) {
    RgbImage after = before.copy();
    for (int y = BOX.y0(); y < BOX.y1(); y++) {
      for (int x = BOX.x0(); x < BOX.x1(); x++) {
        int at = 3 * (y * before.width() + x);
        after.pixels()[at] = (byte) 190;
        after.pixels()[at + 1] = (byte) 120;
        after.pixels()[at + 2] = (byte) 100;
      }
    }
    return after;
  }

  private static byte[] samples(VideoFrame frame) {
    byte[] all = new byte[frame.width() * frame.height() * 3 / 2];
    int at = 0;
    for (int plane = 0; plane < 3; plane++) {
      int scale = plane == 0 ? 1 : 2;
      for (int y = 0; y < frame.height() / scale; y++) {
        frame
            .planar()
            .data(plane)
            .position((long) y * frame.planar().linesize(plane))
            .get(all, at, frame.width() / scale);
        at += frame.width() / scale;
      }
    }
    return all;
  }

  @Test
  void aPictureWithoutMemoryIsNeitherConvertedNorWritten() throws IOException {
    Path source = make("128x96", "-an");
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("not written.mp4");
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoFrame frame = reader.read(0);
        VideoWriter writer = VideoWriter.open(written, probe);
        FfmpegMemoryLimit limit = new FfmpegMemoryLimit(1)) {
      assertThatThrownBy(frame::toRgb).isInstanceOf(NativeMemoryException.class);
      assertThatThrownBy(() -> writer.write(frame)).isInstanceOf(NativeMemoryException.class);
    }
    assertThat(written).doesNotExist();
  }

  @Test
  void aPictureThatIsTooLargeForTheEncoderIsNotALackOfMemory() {
    assertThatThrownBy(
            () ->
                VideoWriter.open(
                    folder.resolve("wide.mp4"), VideoProbe.ofPictures(16_386, 64), "libx264"))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("16386×64")
        .hasMessageContaining("16384");
  }

  private Path make(String size, String more) {
    Path file = folder.resolve("Quelle – 元.mp4");
    List<String> command = new ArrayList<>(List.of((CAMERA.formatted(size) + more).split(" ")));
    command.add(file.toString());
    ffmpeg(command.toArray(String[]::new));
    return file;
  }

  /** All frames, in the file's own range. */
  private static byte[] raw(Path file, String format) {
    return format.equals("rgb24")
        ? ffmpeg("-i", file.toString(), "-f", "rawvideo", "-pix_fmt", format, "-")
        : ffmpeg("-i", file.toString(), "-f", "rawvideo", "-");
  }

  /** The PSNR of the luma outside the edited box with a margin of 8 pixels. */
  private static double lumaPsnr(byte[] a, byte[] b, int width, int height) {
    int frame = width * height * 3 / 2;
    double sum = 0;
    long count = 0;
    for (int start = 0; start < a.length; start += frame) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          boolean inside =
              x >= BOX.x0() - 8 && x < BOX.x1() + 8 && y >= BOX.y0() - 8 && y < BOX.y1() + 8;
          if (!inside) {
            double d = (a[start + y * width + x] & 255) - (b[start + y * width + x] & 255);
            sum += d * d;
            count++;
          }
        }
      }
    }
    return 10 * Math.log10(255 * 255 / (sum / count));
  }

  @Test
  void aLargerCrfAndAFasterPresetGiveOtherFiles() throws Exception {
    Path usual = write("usual.mp4", EncoderOptions.DEFAULT);
    assertThat(Files.readAllBytes(write("same.mp4", EncoderOptions.DEFAULT)))
        .isEqualTo(Files.readAllBytes(usual));
    Path small = write("small.mp4", new EncoderOptions(30, EncoderOptions.Preset.SLOW, 2));
    assertThat(Files.size(small)).isLessThan(Files.size(usual));
    assumeTrue(
        VideoCoding.isAvailable(EncoderOptions.Codec.H264, 10), "skipped: openh264 has no presets");
    Path fast = write("fast.mp4", new EncoderOptions(18, EncoderOptions.Preset.ULTRAFAST, 2));
    assertThat(Files.size(fast)).isGreaterThan(Files.size(usual));
  }

  /** Writes 20 frames of moving noise and bars. */
  private Path write(String name, EncoderOptions options) throws Exception {
    Path source = folder.resolve("source-of-" + name);
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x240:rate=25",
        "-frames:v",
        "20",
        "-c:v",
        "libx264",
        "-qp",
        "10",
        source.toString());
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve(name);
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(written, probe, options)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
    return written;
  }
}
