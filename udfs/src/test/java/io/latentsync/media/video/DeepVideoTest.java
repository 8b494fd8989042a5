package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.video.EncoderOptions.Codec;
import io.latentsync.media.video.EncoderOptions.Depth;
import io.latentsync.time.FrameRate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Videos of 10 bits, SDR and HDR. Expected values come from the ffmpeg and ffprobe programs. */
@Tag("slow")
class DeepVideoTest {
  private static final int WIDTH = 192;
  private static final int HEIGHT = 160;
  private static final PixelRectangle BOX = new PixelRectangle(80, 60, 112, 92);

  /** Mastering display and light level, as x265's parameters. */
  private static final String HDR10 =
      ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
          + ":max-cll=1000,400";

  @TempDir Path folder;

  @BeforeEach
  void encoder() {
    assumeTrue(VideoCoding.isAvailable(Codec.HEVC, 10), "skipped: this build has no x265");
  }

  @ParameterizedTest
  @CsvSource({
    "bt709, bt709, bt709",
    "bt2020nc, bt2020, smpte2084",
    "bt2020nc, bt2020, arib-std-b67"
  })
  void samplesAndTagsAreKept(String matrix, String primaries, String transfer) throws IOException {
    Path source = make(matrix, primaries, transfer, 12);
    VideoProbe probe = VideoProbe.of(source);
    byte[] expected = raw(source);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    Path written = folder.resolve("written.mp4");
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(written, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          read.writeBytes(samples(frame));
          writer.write(frame);
        }
      }
      writer.finish();
    }
    assertThat(read.toByteArray()).isEqualTo(expected);
    assertThat(
            ffprobe(
                "-show_entries",
                "stream=codec_name,profile,codec_tag_string,pix_fmt,color_range,color_space,"
                    + "color_transfer,color_primaries",
                "-of",
                "csv=p=0",
                written.toString()))
        .startsWith(
            "hevc,Main 10,hvc1,yuv420p10le,tv,%s,%s,%s".formatted(matrix, transfer, primaries));
    assertThat(metadata(written)).isEqualTo(metadata(source));
    assertThat(metadata(written).contains("max_luminance=1000.00000"))
        .isEqualTo(transfer.equals("smpte2084"));
    assertThat(psnr(raw(written), expected)).isGreaterThan(42);
  }

  /** The side data of the first frame and of the container. */
  private static String metadata(Path video) {
    return ffprobe(
            "-select_streams",
            "v",
            "-show_frames",
            "-show_streams",
            "-read_intervals",
            "%+#1",
            video.toString())
        .lines()
        .filter(line -> line.matches("(red|green|blue|white|min|max)_\\w+=\\d+.*"))
        .filter(line -> !line.startsWith("max_bit_rate"))
        .map(DeepVideoTest::decimal)
        .sorted()
        .distinct()
        .toList()
        .toString();
  }

  /** A fraction as a decimal number, because the containers have other denominators. */
  private static String decimal(String line) {
    String[] parts = line.split("[=/]", -1);
    double value =
        Double.parseDouble(parts[1]) / (parts.length > 2 ? Integer.parseInt(parts[2]) : 1);
    return "%s=%.5f".formatted(parts[0], value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp4", "m4v", "mov", "mkv"})
  void segmentsAreJoinedPacketByPacket(String ending) throws IOException {
    Path source = make("bt2020nc", "bt2020", "smpte2084", 40);
    List<Path> segments = new ArrayList<>();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    // One and two frames are shorter than the encoder's reordering.
    int[] borders = {0, 16, 17, 19, 40};
    for (int i = 1; i < borders.length; i++) {
      segments.add(write(source, "part%d.mp4".formatted(i), borders[i - 1], borders[i], 2));
      expected.writeBytes(raw(segments.get(i - 1)));
    }
    Path sound = folder.resolve("sound.wav");
    ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-ar", "16000", sound.toString());
    Path track = folder.resolve("track.mp4");
    AacTrack.encode(sound, 40, FrameRate.REFERENCE, AacTrack.End.EARLY, track);
    Path output = folder.resolve("joined." + ending);
    SegmentMuxer.mux(segments, track, 40, FrameRate.REFERENCE, "", output);

    assertThat(raw(output)).isEqualTo(expected.toByteArray());
    String times =
        ffprobe(
            "-select_streams",
            "v",
            "-show_entries",
            "packet=pts,dts",
            "-of",
            "csv=p=0",
            output.toString());
    // Matroska stores no decoding times.
    if (!ending.equals("mkv")) {
      long before = Long.MIN_VALUE;
      for (String line : times.lines().toList()) {
        String[] packet = line.split(",", -1);
        long decoded = Long.parseLong(packet[1]);
        assertThat(decoded).isGreaterThan(before).isLessThanOrEqualTo(Long.parseLong(packet[0]));
        before = decoded;
      }
    }
    assertThat(metadata(output)).isEqualTo(metadata(source)).contains("max_content=1000.00000");
    if (!ending.equals("mkv")) {
      assertThat(
              ffprobe(
                  "-select_streams",
                  "v",
                  "-show_entries",
                  "stream=codec_tag_string",
                  "-of",
                  "csv=p=0",
                  output.toString()))
          .startsWith("hvc1");
    }
    VideoProbe probe = VideoProbe.of(output);
    assertThat(List.of(probe.frames(), probe.bits())).isEqualTo(List.of(40, 10));
  }

  @Test
  void theSameFramesGiveTheSameBytesWithAnyNumberOfThreads() throws IOException {
    Path source = make("bt2020nc", "bt2020", "arib-std-b67", 24);
    Path first = write(source, "first.mp4", 0, 24, 2);
    for (int threads = 1; threads <= 4; threads++) {
      assertThat(write(source, "again%d.mp4".formatted(threads), 0, 24, threads))
          .hasSameBinaryContentAs(first);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "H264, TEN, 'h264,High 10,yuv420p10le'",
    "H264, AUTO, 'h264,High,yuv420p'",
    "HEVC, EIGHT, 'hevc,Main,yuv420p'",
    "AUTO, EIGHT, 'h264,High,yuv420p'"
  })
  void codecAndDepthCanBeChosen(Codec codec, Depth depth, String expected) throws IOException {
    Path source = make("bt2020nc", "bt2020", "smpte2084", 5);
    EncoderOptions options = new EncoderOptions(18, EncoderOptions.Preset.FASTER, 2, codec, depth);
    VideoProbe probe =
        VideoProbe.of(
            source,
            FrameRatePolicy.REFERENCE,
            Deinterlacing.AUTO,
            VideoCoding.readingDepth(options));
    Path written = folder.resolve("written.mp4");
    copy(source, probe, written, 0, 5, options);
    assertThat(
            ffprobe(
                "-show_entries",
                "stream=codec_name,profile,pix_fmt",
                "-of",
                "csv=p=0",
                written.toString()))
        .startsWith(expected);
  }

  @Test
  void oddSidesAreExtendedByARepeatedLine() throws IOException {
    Path source = folder.resolve("odd.mkv");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=128x96:d=0.2,gblur=3,format=yuv420p10le,scale=127:95 -c:v ffv1 -pix_fmt yuv420p10le "
                + source)
            .split(" "));
    Path written = write(source, "odd.mp4", 0, 5, 2);
    byte[] kept =
        ffmpeg(
            "-i",
            written.toString(),
            "-vf",
            "crop=127:95:0:0:exact=1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray10le",
            "-");
    byte[] original =
        ffmpeg("-i", source.toString(), "-f", "rawvideo", "-pix_fmt", "gray10le", "-");
    assertThat(psnr(kept, original)).isGreaterThan(40);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bt709", "smpte2084", "arib-std-b67"})
  void aPastedColourIsReadBackAndOtherSamplesAreUntouched(String transfer) throws IOException {
    boolean hdr = !transfer.equals("bt709");
    Path source = make(hdr ? "bt2020nc" : "bt709", hdr ? "bt2020" : "bt709", transfer, 3);
    VideoProbe probe = VideoProbe.of(source);
    Path written = folder.resolve("painted.mp4");
    byte[] colour = {(byte) 190, 120, 100};
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer =
            VideoWriter.open(written, probe, new EncoderOptions(1, EncoderOptions.Preset.FAST, 2));
        VideoFrame frame = reader.read(0)) {
      ShortBuffer original = shorts(samples(frame));
      RgbPart before = RgbPart.whole(frame.toRgb());
      RgbPart after = before.copy();
      for (int y = BOX.y0(); y < BOX.y1(); y++) {
        for (int x = BOX.x0(); x < BOX.x1(); x++) {
          System.arraycopy(colour, 0, after.pixels().pixels(), after.index(x, y), 3);
        }
      }
      frame.paste(before, after, BOX);
      ShortBuffer pasted = shorts(samples(frame));
      for (int i = 0; i < WIDTH * HEIGHT; i++) {
        if (!BOX.contains(i % WIDTH, i / WIDTH)) {
          assertThat(pasted.get(i)).isEqualTo(original.get(i));
        }
      }
      for (int i = 0; i < WIDTH * HEIGHT / 2; i++) {
        int block = i % (WIDTH * HEIGHT / 4);
        if (!BOX.contains(2 * (block % (WIDTH / 2)), 2 * (block / (WIDTH / 2)))) {
          assertThat(pasted.get(WIDTH * HEIGHT + i)).isEqualTo(original.get(WIDTH * HEIGHT + i));
        }
      }
      writer.write(frame);
      writer.finish();
    }
    RgbImage shown = picture(written);
    for (int y = 70; y < 82; y++) {
      for (int x = 90; x < 102; x++) {
        for (int c = 0; c < 3; c++) {
          assertThat(shown.pixels()[3 * (y * WIDTH + x) + c] & 255)
              .as("%s at %d, %d", transfer, x, y)
              .isCloseTo(colour[c] & 255, within(8));
        }
      }
    }
  }

  /**
   * The face of the source itself goes through cropping and pasting. Mean over a ring around the
   * border of the blend, and over the face, in shares of the signal.
   */
  @ParameterizedTest
  @ValueSource(strings = {"bt709", "smpte2084", "arib-std-b67"})
  void aroundAPastedFaceTheSignalAgreesWithTheSource(String transfer) throws IOException {
    boolean hdr = !transfer.equals("bt709");
    Path source = make(hdr ? "bt2020nc" : "bt709", hdr ? "bt2020" : "bt709", transfer, 1);
    VideoProbe probe = VideoProbe.of(source);
    FaceTemplate template = new FaceTemplate(128);
    AffineMatrix matrix = new AffineMatrix(1.1f, 0.05f, -40, -0.05f, 1.1f, -20);
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoFrame frame = reader.read(0)) {
      ShortBuffer original = shorts(samples(frame));
      RgbPart before = RgbPart.whole(frame.toRgb());
      RgbPart after = before.copy();
      float[] face = planes(new FaceCropper(template).crop(before, matrix));
      PixelRectangle changed = new FacePaster(template).paste(after, FacePatch.whole(face), matrix);
      frame.paste(before, after, changed);
      ShortBuffer pasted = shorts(samples(frame));
      PixelRectangle outer = changed.widened(8);
      PixelRectangle inner = changed.widened(-8);
      double[] sums = new double[2];
      int[] counts = new int[2];
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          if (outer.contains(x, y)) {
            int part = inner.contains(x, y) ? 1 : 0;
            sums[part] += Math.abs(pasted.get(y * WIDTH + x) - original.get(y * WIDTH + x)) / 876.0;
            counts[part]++;
          }
        }
      }
      assertThat(counts[0]).isGreaterThan(1000);
      assertThat(sums[0] / counts[0]).as("ring, %s", transfer).isBetween(1e-6, 0.01);
      assertThat(sums[1] / counts[1]).as("face, %s", transfer).isLessThan(0.02);
    }
  }

  /** Planes of −1…1. */
  private static float[] planes(RgbImage picture) {
    int size = picture.width() * picture.height();
    float[] planes = new float[3 * size];
    for (int i = 0; i < 3 * size; i++) {
      planes[i % 3 * size + i / 3] = (picture.pixels()[i] & 255) / 127.5f - 1;
    }
    return planes;
  }

  private Path make(String matrix, String primaries, String transfer, int frames) {
    Path file = folder.resolve("source %s %d.mp4".formatted(transfer, frames));
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=%dx%d:r=25".formatted(WIDTH, HEIGHT),
        "-frames:v",
        String.valueOf(frames),
        "-vf",
        "gblur=4,noise=alls=2:allf=t,format=yuv420p10le,lutyuv=y=(val-64)*0.5+100:u=(val-512)*0.3+512:v=(val-512)*0.3+512,setparams=colorspace=%s:range=tv:color_primaries=%s:color_trc=%s"
            .formatted(matrix, primaries, transfer),
        "-c:v",
        "libx265",
        "-crf",
        "8",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none" + (transfer.equals("smpte2084") ? HDR10 : ""),
        file.toString());
    return file;
  }

  private Path write(Path source, String name, int from, int to, int threads) throws IOException {
    Path target = folder.resolve(name);
    copy(
        source,
        VideoProbe.of(source),
        target,
        from,
        to,
        new EncoderOptions(18, EncoderOptions.Preset.FAST, threads, Codec.AUTO, Depth.AUTO));
    return target;
  }

  private static void copy(
      Path source, VideoProbe probe, Path target, int from, int to, EncoderOptions options)
      throws IOException {
    try (VideoReader reader = VideoReader.open(source, probe);
        VideoWriter writer = VideoWriter.open(target, probe, options)) {
      for (int i = from; i < to; i++) {
        try (VideoFrame frame = reader.read(i)) {
          writer.write(frame);
        }
      }
      writer.finish();
    }
  }

  private static RgbImage picture(Path video) throws IOException {
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe);
        VideoFrame frame = reader.read(0)) {
      return frame.toRgb();
    }
  }

  /** All frames, decoded by ffmpeg, which stops at an error. */
  private static byte[] raw(Path file) {
    return ffmpeg(
        "-xerror",
        "-err_detect",
        "explode",
        "-i",
        file.toString(),
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p10le",
        "-");
  }

  private static byte[] samples(VideoFrame frame) {
    byte[] all = new byte[frame.width() * frame.height() * 3];
    int at = 0;
    for (int plane = 0; plane < 3; plane++) {
      int scale = plane == 0 ? 1 : 2;
      int row = 2 * frame.width() / scale;
      for (int y = 0; y < frame.height() / scale; y++) {
        frame
            .planar()
            .data(plane)
            .position((long) y * frame.planar().linesize(plane))
            .get(all, at, row);
        at += row;
      }
    }
    return all;
  }

  private static ShortBuffer shorts(byte[] samples) {
    return ByteBuffer.wrap(samples).order(ByteOrder.nativeOrder()).asShortBuffer();
  }

  /** Of 10-bit samples, in dB. */
  private static double psnr(byte[] a, byte[] b) {
    ShortBuffer one = shorts(a);
    ShortBuffer other = shorts(b);
    assertThat(one.remaining()).isEqualTo(other.remaining());
    double sum = 0;
    for (int i = 0; i < one.remaining(); i++) {
      double difference = one.get(i) - other.get(i);
      sum += difference * difference;
    }
    return 10 * Math.log10(1023 * 1023 / (sum / one.remaining()));
  }
}
