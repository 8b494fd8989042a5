package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.image.RgbImage;
import io.latentsync.media.MediaException;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.testing.Clips;
import io.latentsync.time.FrameRate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected frames come from the ffmpeg program's fps filter, on files that it encoded. */
@Tag("slow")
class VideoReaderTest {
  @TempDir Path folder;

  /** A kind of source: the file's extension, then ffmpeg's arguments that make it. */
  record Source(String extension, String arguments) {
    /** The filters that select the frames, after deinterlacing if the source is interlaced. */
    String filter(String rate) {
      return arguments.contains("+ilme") ? FULL + rate : rate;
    }

    @Override
    public String toString() {
      return extension + " " + arguments;
    }
  }

  private static final String FULL = "bwdif=mode=send_frame:deint=interlaced,";

  private static final String X264 = " -c:v libx264 -preset ultrafast -bf 3 -g 12 -pix_fmt yuv420p";

  static Stream<Source> sources() {
    String clip = "testsrc2=s=128x96:d=2:r=";
    return Stream.of(
        new Source("mp4", clip + "25" + X264),
        new Source("mp4", clip + "24000/1001" + X264),
        new Source("mp4", clip + "30" + X264 + " -x264-params open-gop=1:b-adapt=0"),
        new Source("mp4", clip + "30000/1001" + X264),
        new Source("mp4", clip + "50" + X264),
        new Source("mkv", clip + "60" + X264 + " -x264-params open-gop=1:b-adapt=0"),
        new Source("mp4", clip + "10" + X264),
        new Source("mp4", clip + "1" + X264),
        new Source("ts", clip + "30" + X264 + " -x264-params open-gop=1:b-adapt=0"),
        new Source("ts", clip + "25" + X264 + " -output_ts_offset 5.013"),
        new Source("mp4", clip + "30" + X264 + " -output_ts_offset 1.37 -use_editlist 0"),
        new Source("mkv", clip + "25" + X264 + " -output_ts_offset 0.33"),
        // Variable frame rate: pictures at 0, 1, 3, 6, 10 … frames of 1/60 s, with long gaps.
        new Source("mkv", clip + "60 -vf select='mod(n\\,7)*mod(n\\,11)' -fps_mode vfr" + X264),
        new Source("mp4", clip + "30 -vf setpts='PTS+0.4/TB*gt(N\\,20)' -fps_mode vfr" + X264),
        new Source("h264", clip + "30" + X264),
        new Source("avi", clip + "30" + X264),
        new Source("avi", clip + "25 -c:v mpeg4 -q:v 5 -bf 0"),
        new Source("avi", clip + "15 -c:v mjpeg"),
        new Source("webm", clip + "25 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 10"),
        new Source("webm", clip + "30 -c:v libvpx -deadline realtime -cpu-used 8 -auto-alt-ref 1"),
        new Source("mov", clip + "25 -c:v prores_ks -profile:v 3"),
        new Source(
            "mp4",
            clip + "25 -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=12"),
        new Source(
            "mp4",
            clip
                + "25 -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none:keyint=12:open-gop=1:bframes=3"),
        new Source("mpg", clip + "25 -c:v mpeg2video -bf 2 -q:v 4"),
        new Source("ts", clip + "25 -c:v mpeg2video -bf 2 -q:v 4 -flags +ilme+ildct"),
        new Source("mp4", clip + "25" + X264 + " -pix_fmt yuv422p"),
        new Source("mp4", clip + "25" + X264 + " -pix_fmt yuv444p"),
        new Source("mp4", clip + "25" + X264 + " -pix_fmt yuvj420p"),
        new Source(
            "mp4",
            clip
                + "25"
                + X264
                + " -colorspace bt709 -color_range tv -color_primaries bt709 -color_trc bt709"),
        new Source("mp4", clip + "25" + X264 + " -colorspace bt709 -color_range pc"),
        new Source(
            "mp4",
            clip
                + "25 -vf setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"
                + " -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le"
                + " -x265-params log-level=none"),
        new Source("mkv", "testsrc2=s=127x95:d=1 -c:v ffv1 -pix_fmt yuv420p"),
        new Source("mkv", "testsrc2=s=125x96:d=1 -c:v ffv1 -pix_fmt yuv422p10le"),
        new Source("mkv", "testsrc2=s=96x64:d=1 -c:v ffv1 -pix_fmt bgr0"),
        new Source("gif", "testsrc2=s=96x64:d=1:r=10"),
        new Source("mp4", clip + "30" + X264 + " -x264-params intra-refresh=1:keyint=12"));
  }

  @ParameterizedTest
  @MethodSource("sources")
  void framesEqualFfmpegsAndAnyRangeEqualsTheFullDecode(Source source) throws IOException {
    Path file = make(source);
    // Only frames of 10 bits are tone mapped, if they are HDR.
    VideoProbe probe =
        VideoProbe.of(
            file, FrameRatePolicy.REFERENCE, Deinterlacing.AUTO, EncoderOptions.Depth.EIGHT);
    assertEqualToFfmpeg(file, probe, source.filter("fps=25"));
  }

  static Stream<Arguments> steadySources() {
    String clip = "testsrc2=s=128x96:d=2:r=";
    return Stream.of(
        Arguments.of(new Source("mp4", clip + "30000/1001" + X264), "30000/1001"),
        Arguments.of(new Source("mkv", clip + "24000/1001" + X264), "24000/1001"),
        Arguments.of(new Source("mp4", clip + "24" + X264), "24/1"),
        Arguments.of(new Source("mkv", clip + "60000/1001" + X264), "60000/1001"),
        Arguments.of(new Source("ts", clip + "50" + X264 + " -output_ts_offset 5.013"), "50/1"),
        Arguments.of(new Source("mp4", clip + "10" + X264), "10/1"),
        Arguments.of(new Source("mp4", clip + "29" + X264), "29/1"),
        Arguments.of(new Source("h264", clip + "30" + X264), "30/1"),
        Arguments.of(new Source("avi", clip + "25 -c:v mpeg4 -q:v 5 -bf 0"), "25/1"),
        Arguments.of(
            new Source("webm", clip + "30 -c:v libvpx -deadline realtime -cpu-used 8"), "30/1"),
        Arguments.of(
            new Source("ts", clip + "25 -c:v mpeg2video -bf 2 -q:v 4 -flags +ilme+ildct"), "25/1"));
  }

  @ParameterizedTest
  @MethodSource("steadySources")
  void eachPictureOfASteadySourceIsReadOnceAtItsOwnRate(Source source, String rate)
      throws IOException {
    Path file = make(source);
    VideoProbe probe = VideoProbe.of(file, FrameRatePolicy.SOURCE);
    assertThat(probe.frameRate().numerator() + "/" + probe.frameRate().denominator())
        .isEqualTo(rate);
    assertEqualToFfmpeg(file, probe, source.filter("null"));
  }

  @Test
  void aVaryingSourceIsResampledToTheCommonRateOfMostPictures() throws IOException {
    // Every tenth picture is missing; the one before it is repeated.
    Path file =
        make(
            new Source(
                "mkv",
                "testsrc2=s=128x96:d=2:r=30 -vf select='mod(n+1\\,10)' -fps_mode vfr" + X264));
    VideoProbe probe = VideoProbe.of(file, FrameRatePolicy.SOURCE);
    assertThat(probe.frameRate()).isEqualTo(new FrameRate(30, 1));
    assertEqualToFfmpeg(file, probe, "fps=30");
    long[] pictures = probe.pictures().toArray();
    assertThat(pictures[9]).isEqualTo(pictures[8]);
    assertThat(LongStream.of(pictures).distinct()).hasSize(54);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 120})
  void aRateOutOfRangeIsRefusedWithTheValidRange(int rate) throws IOException {
    Path file = make(new Source("mp4", "testsrc2=s=128x96:d=1:r=" + rate + X264));
    assertThatThrownBy(() -> VideoProbe.of(file, FrameRatePolicy.SOURCE))
        .isInstanceOf(MediaException.class)
        .hasMessageEndingWith(
            "has about %s frames a second, but must have 10 to 60 for --fps source; --fps 25 takes any",
            rate == 5 ? "5.000" : "120.0");
    assertThat(VideoProbe.of(file).frames()).isEqualTo(25);
  }

  @ParameterizedTest
  @ValueSource(ints = {90, 180, 270})
  void rotatedVideosAreReadUpright(int degrees) throws IOException {
    Path plain = make(new Source("mp4", "testsrc2=s=128x96:d=1" + X264));
    Path rotated = folder.resolve("rotated.mp4");
    ffmpeg("-display_rotation", "" + degrees, "-i", "" + plain, "-c", "copy", "" + rotated);
    assertThat(VideoProbe.of(rotated).width()).isEqualTo(degrees == 180 ? 128 : 96);
    assertEqualToFfmpeg(rotated);
    Locale locale = Locale.getDefault();
    try {
      // Its numbers have other digits, which FFmpeg's filters do not read.
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      assertEqualToFfmpeg(rotated);
    } finally {
      Locale.setDefault(locale);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-display_hflip", "-display_vflip"})
  void mirroredVideosAreReadUpright(String flip) throws IOException {
    Path plain = make(new Source("mp4", "testsrc2=s=128x96:d=1" + X264));
    Path mirrored = folder.resolve("mirrored.mp4");
    ffmpeg("-display_rotation", "90", flip, "-i", "" + plain, "-c", "copy", "" + mirrored);
    assertEqualToFfmpeg(mirrored);
    ffmpeg("-display_rotation", "0", flip, "-i", "" + plain, "-c", "copy", "" + mirrored);
    assertEqualToFfmpeg(mirrored);
  }

  @Test
  void editListsAndCutsInAnOpenGroupAreHonoured() throws IOException {
    Path plain =
        make(
            new Source(
                "mp4", "testsrc2=s=128x96:d=3:r=30" + X264 + " -x264-params open-gop=1:b-adapt=0"));
    Path cut = folder.resolve("cut.mp4");
    ffmpeg("-ss", "1.1", "-i", "" + plain, "-c", "copy", "" + cut);
    assertEqualToFfmpeg(cut);
    byte[] whole =
        Files.readAllBytes(
            make(new Source("ts", "testsrc2=s=128x96:d=3 -c:v mpeg2video -bf 2 -q:v 4")));
    int start = whole.length / 188 * 2 / 5 * 188;
    Path stream =
        Files.write(folder.resolve("cut.ts"), Arrays.copyOfRange(whole, start, whole.length));
    assertEqualToFfmpeg(stream);
  }

  @Test
  void theFirstPictureIsRepeatedIfTheSoundStartsEarlier() throws IOException {
    Path late = folder.resolve("late.mkv");
    ffmpeg(
        ("-f lavfi -i sine=d=2 -itsoffset 0.517 -f lavfi -i testsrc2=s=128x96:d=1.5:r=24" + X264)
            .concat(" -c:a flac " + late.getFileName())
            .replace(late.getFileName().toString(), late.toString())
            .split(" "));
    VideoProbe probe = VideoProbe.of(late);
    assertThat(probe.frames()).isEqualTo(50);
    assertEqualToFfmpeg(late, probe, "fps=25:start_time=0");
    VideoProbe own = VideoProbe.of(late, FrameRatePolicy.SOURCE);
    // 0.517 s are 12.4 frames at 24 fps; 36 pictures follow.
    assertThat(own.frames()).isEqualTo(48);
    assertThat(LongStream.of(own.pictures().toArray()).limit(13).distinct()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "ts, libx264 -preset ultrafast -bf 3 -g 12, 1000, 1000",
    "ts, libx264 -preset ultrafast -bf 3 -g 12, 1000, 0",
    "ts, libx264 -preset ultrafast -bf 3 -g 12, 0, 1000",
    "ts, libx264 -preset ultrafast -bf 3 -g 12, 1, 21.5",
    "ts, mpeg2video -bf 2 -q:v 4 -flags +ilme+ildct, 1000, 0",
    "mpg, mpeg2video -bf 2 -q:v 4, 700, 0",
    "mpg, mpeg2video -bf 2 -q:v 4, 0, 700"
  })
  void partsWhoseTimestampsRestartAreReadOneAfterTheOther(
      String extension, String codec, double first, double second) throws IOException {
    Path joined = folder.resolve("joined." + extension);
    try (OutputStream out = Files.newOutputStream(joined)) {
      out.write(part(extension, codec, first, 2));
      out.write(part(extension, codec, second, 1.5));
    }
    VideoProbe probe = VideoProbe.of(joined);
    assertThat(probe.frames()).isBetween(87, 88);
    assertThat(probe.missingFrames()).isZero();
    String filter = codec.contains("ilme") ? FULL + "fps=25" : "fps=25";
    assertEqualToFfmpeg(joined, probe, filter);
    VideoProbe own = VideoProbe.of(joined, FrameRatePolicy.SOURCE);
    assertThat(LongStream.of(own.pictures().toArray()).distinct().count()).isEqualTo(105);
  }

  @Test
  void theFirstPictureIsRepeatedIfTheSoundOfJoinedPartsStartsEarlier() throws IOException {
    Path late = folder.resolve("late.ts");
    ffmpeg(
        ("-f lavfi -i sine=d=2 -itsoffset 0.517 -f lavfi -i testsrc2=s=128x96:d=1.5:r=25" + X264)
            .concat(" -c:a mp2 " + late)
            .split(" "));
    int alone = VideoProbe.of(late).frames();
    assertThat(alone).isBetween(50, 51);
    byte[] bytes = Files.readAllBytes(late);
    Files.write(late, bytes, StandardOpenOption.APPEND);
    // The second part has as long a lead, because its sound continues that of the first.
    assertThat(VideoProbe.of(late).frames()).isBetween(2 * alone - 2, 2 * alone + 2);
  }

  private byte[] part(String extension, String codec, double start, double seconds)
      throws IOException {
    Path part = folder.resolve("part." + extension);
    ffmpeg(
        "-y -f lavfi -i testsrc2=s=128x96:d=%s:r=30 -c:v %s -output_ts_offset %s %s"
            .formatted(seconds, codec, start, part)
            .split(" "));
    return Files.readAllBytes(part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip1.mp4", "clip2.mp4"})
  void syntheticClipsEqualFfmpegs(String name) throws IOException {
    assertFramesEqualFfmpegs(Clips.sample(name, folder), 60);
  }

  static Stream<Source> interlacedSources() {
    String fields = "testsrc2=s=128x96:d=1:r=50,interlace=scan=%s ";
    String avc = "-c:v libx264 -preset ultrafast -bf 2 -g 6 -flags +ilme+ildct -x264opts %s=1";
    return Stream.of(
        new Source("mp4", fields.formatted("tff") + avc.formatted("tff")),
        new Source("mkv", fields.formatted("bff") + avc.formatted("bff")),
        new Source("mp4", fields.formatted("tff") + avc.formatted("tff") + " -pix_fmt yuv422p10le"),
        new Source("ts", fields.formatted("tff") + avc.formatted("tff") + ":open-gop=1"),
        new Source(
            "mpg",
            fields.formatted("tff") + "-c:v mpeg2video -bf 2 -g 6 -q:v 4 -flags +ilme+ildct"),
        new Source(
            "avi", fields.formatted("bff") + "-c:v mpeg2video -bf 0 -q:v 4 -flags +ilme+ildct"),
        new Source("mkv", fields.formatted("tff") + "-c:v ffv1 -field_order tt"));
  }

  @ParameterizedTest
  @MethodSource("interlacedSources")
  void interlacedPicturesAreDeinterlacedAsByFfmpegsBwdif(Source source) throws IOException {
    Path file = make(source);
    VideoProbe probe = VideoProbe.of(file);
    assertEqualToFfmpeg(file, probe, FULL + "fps=25");
    try (VideoReader reader = VideoReader.open(file, probe);
        VideoFrame frame = reader.read(3)) {
      assertThat(frame.isDeinterlaced()).isTrue();
      assertThat(frame.isConverted()).isFalse();
    }
    VideoProbe combed = VideoProbe.of(file, FrameRatePolicy.REFERENCE, Deinterlacing.OFF);
    assertEqualToFfmpeg(file, combed, "fps=25");
  }

  @Test
  void droppedPicturesAreNeighboursForDeinterlacing() throws IOException {
    Path file =
        make(
            new Source(
                "mp4",
                "testsrc2=s=128x96:d=2:r=60000/1001,interlace -c:v libx264 -preset ultrafast -bf 2"
                    + " -g 6 -flags +ilme+ildct"));
    assertEqualToFfmpeg(file, VideoProbe.of(file), FULL + "fps=25");
  }

  @Test
  @Tag("oracle")
  void realClipEqualsFfmpegs() throws IOException {
    Path clip = Clips.clip("demo1_video.mp4");
    VideoProbe probe = VideoProbe.of(clip);
    assertThat(probe.frames()).isEqualTo(250);
    assertThat(probe.width()).isEqualTo(1080);
    assertThat(probe.height()).isEqualTo(1920);
    assertFramesEqualFfmpegs(clip, 118);
  }

  /** Compares three frames in the middle of a clip. */
  private static void assertFramesEqualFfmpegs(Path clip, int first) throws IOException {
    VideoProbe probe = VideoProbe.of(clip);
    byte[] reference =
        ffmpeg(
            "-i",
            clip.toString(),
            "-vf",
            "fps=25,trim=start_frame=%d:end_frame=%d".formatted(first, first + 3),
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-");
    int size = 3 * probe.width() * probe.height();
    try (VideoReader reader = VideoReader.open(clip, probe)) {
      for (int i = 0; i < 3; i++) {
        assertThat(rgb(reader, first + i))
            .isEqualTo(Arrays.copyOfRange(reference, i * size, (i + 1) * size));
      }
    }
  }

  @Test
  void probeSurvivesSerialisation() throws Exception {
    VideoProbe probe = VideoProbe.of(make(new Source("mp4", "testsrc2=s=128x96:d=1" + X264)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(probe);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).usingRecursiveComparison().isEqualTo(probe);
    }
  }

  @Test
  void aFileWithoutVideoIsRefusedInOneSentence() throws IOException {
    assertThatThrownBy(() -> VideoProbe.of(folder.resolve("none.mp4")))
        .isInstanceOf(MediaException.class)
        .hasMessageEndingWith("none.mp4: no such file");
    assertThatThrownBy(() -> VideoProbe.of(folder))
        .hasMessageEndingWith("is a folder, but must be a file");
    Path text = Files.writeString(folder.resolve("letter.txt"), "Dear video,\n".repeat(500));
    assertThatThrownBy(() -> VideoProbe.of(text)).isInstanceOf(MediaException.class);
    Path empty = Files.createFile(folder.resolve("empty.mp4"));
    assertThatThrownBy(() -> VideoProbe.of(empty)).isInstanceOf(MediaException.class);
    Path sound = folder.resolve("sound.wav");
    ffmpeg(("-f lavfi -i sine=d=1 " + sound).split(" "));
    assertThatThrownBy(() -> VideoProbe.of(sound)).hasMessageEndingWith("has no video stream");
    Path whole = make(new Source("mp4", "testsrc2=s=128x96:d=1" + X264));
    byte[] half = Arrays.copyOf(Files.readAllBytes(whole), 5000);
    Path cut = Files.write(folder.resolve("half.mp4"), half);
    assertThatThrownBy(() -> VideoProbe.of(cut)).isInstanceOf(MediaException.class);
  }

  @Test
  void aDamagedFileIsReadPastItsDamage() throws IOException {
    Path file = make(new Source("mp4", "testsrc2=s=128x96:d=2" + X264 + " -movflags +faststart"));
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + bytes.length / 10, (byte) 0x5a);
    Files.write(file, bytes);
    VideoProbe probe = VideoProbe.of(file);
    assertThat(probe.frames()).isEqualTo(50);
    List<Integer> all = IntStream.range(0, 50).boxed().toList();
    assertThat(hashes(file, probe, all)).hasSize(50);
    assertThat(hashes(file, probe, all.subList(24, 40))).hasSize(16);
  }

  @Test
  void aTruncatedFileIsReadToItsEnd() throws IOException {
    Path whole = make(new Source("mp4", "testsrc2=s=128x96:d=2" + X264 + " -movflags +faststart"));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut =
        Files.write(folder.resolve("cut off.mp4"), Arrays.copyOf(bytes, bytes.length * 2 / 3));
    int frames = VideoProbe.of(cut).frames();
    assertThat(frames).isBetween(15, 45);
    VideoProbe probe = VideoProbe.of(cut);
    try (VideoReader reader = VideoReader.open(cut, probe)) {
      for (int i = 0; i < frames; i++) {
        assertThat(rgb(reader, i)).isNotEmpty();
      }
    }
  }

  /**
   * Limits FFmpeg's allocations to so many bytes: below the size of a packet, a picture, a frame's
   * header.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 200, 1000, 5000, 100_000, 200_000})
  void aPictureWithoutMemoryIsAnErrorAndNotReplacedByAnEarlierOne(long most) throws IOException {
    Path file = make(new Source("mp4", "testsrc2=s=640x480:d=1:r=25" + X264));
    VideoProbe probe = VideoProbe.of(file);
    List<byte[]> pictures = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame = 0; frame < probe.frames(); frame++) {
        pictures.add(rgb(reader, frame));
      }
    }
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame = 0; frame < 5; frame++) {
        assertThat(rgb(reader, frame)).isEqualTo(pictures.get(frame));
      }
      assertThatThrownBy(
              () -> {
                for (int frame = 5; frame < probe.frames(); frame++) {
                  assertThat(pixels(reader, frame, most)).isEqualTo(pictures.get(frame));
                }
              })
          .isInstanceOf(NativeMemoryException.class);
    }
  }

  private static byte[] pixels(VideoReader reader, int frame, long most) throws IOException {
    VideoFrame picture;
    try (FfmpegMemoryLimit limit = new FfmpegMemoryLimit(most)) {
      picture = reader.read(frame);
    }
    try (picture) {
      return picture.toRgb().pixels();
    }
  }

  private Path make(Source source) {
    Path file = folder.resolve("Größe und Länge – 長さ." + source.extension());
    List<String> command = new ArrayList<>(List.of("-f", "lavfi", "-i"));
    command.addAll(List.of(source.arguments().split(" ")));
    command.addAll(List.of("-fflags", "+bitexact", file.toString()));
    ffmpeg(command.toArray(String[]::new));
    return file;
  }

  private static void assertEqualToFfmpeg(Path file) throws IOException {
    assertEqualToFfmpeg(file, VideoProbe.of(file), "fps=25");
  }

  private static void assertEqualToFfmpeg(Path file, VideoProbe probe, String filter)
      throws IOException {
    byte[] reference =
        ffmpeg(
            "-i",
            file.toString(),
            "-vf",
            filter,
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-");
    int size = 3 * probe.width() * probe.height();
    assertThat(probe.frames()).isEqualTo(reference.length / size);
    List<Integer> expected =
        IntStream.range(0, probe.frames())
            .mapToObj(i -> Arrays.hashCode(Arrays.copyOfRange(reference, i * size, (i + 1) * size)))
            .toList();
    List<Integer> all = IntStream.range(0, probe.frames()).boxed().toList();
    assertThat(hashes(file, probe, all)).isEqualTo(expected);
    Random random = new Random(7);
    for (int start : new int[] {1, probe.frames() / 2, probe.frames() - 1, probe.frames() / 3}) {
      List<Integer> range =
          IntStream.range(start, Math.min(probe.frames(), start + 3 + random.nextInt(9)))
              .boxed()
              .toList();
      assertThat(hashes(file, probe, range)).isEqualTo(range.stream().map(expected::get).toList());
    }
    List<Integer> shuffled = new ArrayList<>(all);
    shuffled.sort((a, b) -> b - a);
    assertThat(hashes(file, probe, shuffled))
        .isEqualTo(shuffled.stream().map(expected::get).toList());
    Collections.shuffle(shuffled, random);
    List<Integer> some = shuffled.subList(0, Math.min(12, shuffled.size()));
    assertThat(hashes(file, probe, some)).isEqualTo(some.stream().map(expected::get).toList());
  }

  private static List<Integer> hashes(Path file, VideoProbe probe, List<Integer> frames)
      throws IOException {
    List<Integer> hashes = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame : frames) {
        hashes.add(Arrays.hashCode(rgb(reader, frame)));
      }
    }
    return hashes;
  }

  private static byte[] rgb(VideoReader reader, int index) throws IOException {
    try (VideoFrame frame = reader.read(index)) {
      RgbImage image = frame.toRgb();
      return image.pixels();
    }
  }
}
