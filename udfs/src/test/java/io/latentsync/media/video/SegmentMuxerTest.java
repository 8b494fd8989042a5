package io.latentsync.media.video;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static io.latentsync.testing.FfmpegProgram.ffprobe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.media.MediaException;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.time.FrameRate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected values come from the ffmpeg and ffprobe programs. */
@Tag("slow")
class SegmentMuxerTest {
  @TempDir Path folder;

  @Test
  void joinedSegmentsDecodeToTheSegmentsFramesAtExactly25Fps() throws IOException {
    // One and two frames are shorter than the encoder's reordering.
    List<Path> segments = segments(16, 1, 2, 32, 9);
    Path output = folder.resolve("Ergebnis – 結果.mp4");
    mux(segments, sound("wav", 16000, 1, 5), 60, output);

    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (Path segment : segments) {
      expected.writeBytes(frames(segment));
    }
    assertThat(frames(output)).isEqualTo(expected.toByteArray());

    List<Double> shown = times(output, "v", "pts_time").stream().sorted().toList();
    assertThat(shown).hasSize(60);
    for (int i = 0; i < shown.size(); i++) {
      assertThat(shown.get(i)).isEqualTo(i / 25.0, within(1e-6));
    }
    List<Double> decoded = times(output, "v", "dts_time");
    assertThat(decoded).isSorted().doesNotHaveDuplicates();
    assertThat(VideoProbe.of(output).frames()).isEqualTo(60);
  }

  @ParameterizedTest
  @CsvSource({"30000, 1001", "24, 1", "50, 1", "1499, 50", "60000, 1001"})
  void picturesAndSoundKeepTheSourcesRate(int numerator, int denominator) throws IOException {
    FrameRate rate = new FrameRate(numerator, denominator);
    List<Path> segments = segments(numerator + "/" + denominator, 16, 1, 2, 32);
    Path output = folder.resolve("source's rate.mp4");
    mux(segments, sound("wav", 48000, 2, 6), 51, rate, output);

    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (Path segment : segments) {
      expected.writeBytes(frames(segment));
    }
    assertThat(frames(output)).isEqualTo(expected.toByteArray());
    List<Double> shown = times(output, "v", "pts_time").stream().sorted().toList();
    assertThat(shown).hasSize(51);
    for (int i = 0; i < shown.size(); i++) {
      assertThat(shown.get(i)).isEqualTo(rate.seconds(i), within(1e-6));
    }
    assertThat(times(output, "v", "dts_time")).isSorted().doesNotHaveDuplicates();
    assertThat(stream(output, "v", "avg_frame_rate")).isEqualTo(numerator + "/" + denominator);
    assertThat(Double.parseDouble(stream(output, "v", "duration")))
        .isEqualTo(rate.seconds(51), within(1e-5));
    assertThat(Double.parseDouble(stream(output, "a", "duration")))
        .isEqualTo(rate.seconds(51), within(0.001));
    assertThat(VideoProbe.of(output, FrameRatePolicy.SOURCE).frameRate()).isEqualTo(rate);
  }

  @ParameterizedTest
  @CsvSource({
    "wav, 16000, 1",
    "wav, 44100, 2",
    "mp3, 22050, 2",
    "flac, 48000, 6",
    "wav, 8000, 1",
    "opus, 48000, 2"
  })
  void soundKeepsItsRateAndChannelsAndIsCutToTheVideo(String kind, int rate, int channels)
      throws IOException {
    Path output = folder.resolve("cut.mp4");
    mux(segments(30), sound(kind, rate, channels, 4), 30, output);
    assertThat(stream(output, "a", "codec_name,sample_rate,channels"))
        .isEqualTo("aac," + rate + "," + channels);
    byte[] decoded =
        ffmpeg("-i", output.toString(), "-map", "0:a", "-f", "s16le", "-c:a", "pcm_s16le", "-");
    int samples = decoded.length / 2 / channels;
    assertThat(samples).isBetween(rate * 30 / 25, rate * 30 / 25 + 1024);
    assertThat(Double.parseDouble(stream(output, "a", "duration"))).isEqualTo(1.2, within(0.002));
    assertThat(Double.parseDouble(stream(output, "v", "duration"))).isEqualTo(1.2, within(0.0001));
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 16, 24, 32, 64})
  void channelsWithoutPositionsAreMixedToMono(int channels) throws IOException {
    // All are silent except the last.
    Path many = folder.resolve("many.wav");
    int samples = 32_000;
    ByteBuffer wav =
        ByteBuffer.allocate(44 + 2 * channels * samples).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(wav.capacity() - 8);
    wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    wav.putShort((short) 1).putShort((short) channels).putInt(16_000);
    wav.putInt(2 * channels * 16_000).putShort((short) (2 * channels)).putShort((short) 16);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(2 * channels * samples);
    for (int i = 0; i < samples; i++) {
      double last = 0.8 * 32768 * Math.sin(2 * Math.PI * 300 * i / 16_000);
      wav.position(wav.position() + 2 * (channels - 1)).putShort((short) last);
    }
    Files.write(many, wav.array());
    AacTrack.requireEncodable(many);
    Path output = folder.resolve("mixed.mp4");
    mux(segments(30), many, 30, output);
    assertThat(stream(output, "a", "codec_name,sample_rate,channels")).isEqualTo("aac,16000,1");
    assertThat(loudest(output)).isEqualTo(0.8 / channels, within(0.15 / channels));
    assertThat(loudest(many)).isEqualTo(0.8 / channels, within(0.001));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.1", "3.0", "3.0(back)"})
  void similarLeftAndRightChannelsBothStay(String layout) throws IOException {
    Path three = folder.resolve("three.wav");
    String tone = "0.3*sin(2*PI*100*t)";
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "aevalsrc='%s|%s|%s':c=%s:s=16000:d=2".formatted(tone, tone, tone, layout),
        "" + three);
    Path output = folder.resolve("three.mp4");
    mux(segments(30), three, 30, output);
    for (int channel = 0; channel < 2; channel++) {
      Path alone = folder.resolve(channel + ".wav");
      ffmpeg("-i", output.toString(), "-af", "pan=mono|c0=c" + channel, alone.toString());
      assertThat(loudest(alone))
          .as("channel %d of %s", channel, layout)
          .isEqualTo(0.3, within(0.06));
    }
  }

  @Test
  void moreLoudspeakersThanAacHasAreMixedToStereo() throws IOException {
    Path many = folder.resolve("7.1.4.wav");
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=f=300:d=2",
        "-af",
        "aformat=cl=stereo,aformat=cl=7.1.4",
        "" + many);
    Path output = folder.resolve("mixed.mp4");
    mux(segments(30), many, 30, output);
    assertThat(stream(output, "a", "codec_name,channels")).isEqualTo("aac,2");
    assertThat(loudest(output)).isGreaterThan(0.02);
  }

  @Test
  void moreChannelsThanCanBeMixedAreRefusedBeforeTheWork() throws IOException {
    Path many = folder.resolve("many.wav");
    ffmpeg("-f", "s16le", "-ar", "8000", "-ac", "70", "-i", "/dev/zero", "-t", "1", "" + many);
    assertThatThrownBy(() -> AacTrack.requireEncodable(many))
        .isInstanceOf(MediaException.class)
        .hasMessage(many + ": has 70 channels, but at most 64 can be mixed");
  }

  /** The largest sample, of at most 1. */
  private static double loudest(Path file) throws IOException {
    short[] samples = new short[16_000];
    int most = 0;
    try (AudioReader reader = AudioReader.open(file)) {
      int count = reader.read(samples);
      for (int i = 0; i < count; i++) {
        most = Math.max(most, Math.abs(samples[i]));
      }
    }
    return most / 32768.0;
  }

  @Test
  void shorterSoundStaysShorterAndBothBeginAtZero() throws IOException {
    Path output = folder.resolve("short.mp4");
    mux(segments(30), sound("wav", 48000, 2, 0.5), 30, output);
    assertThat(Double.parseDouble(stream(output, "a", "duration"))).isEqualTo(0.5, within(0.002));
    assertThat(stream(output, "v", "start_time")).isEqualTo("0.000000");
    assertThat(stream(output, "a", "start_time")).isEqualTo("0.000000");
  }

  @Test
  void soundStaysInSync() throws IOException {
    // A click after one second of silence is found at one second in the output.
    Path click = folder.resolve("click.wav");
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='gt(t,1)*lt(t,1.01)*0.9':s=16000:d=2", "" + click);
    Path output = folder.resolve("sync.mp4");
    mux(segments(50), click, 50, output);
    short[] samples = new short[40_000];
    int found = -1;
    try (AudioReader reader = AudioReader.open(output)) {
      int count = reader.read(samples);
      for (int i = 0; i < count && found < 0; i++) {
        found = Math.abs(samples[i]) > 8000 ? i : -1;
      }
    }
    assertThat(found).isBetween(15_990, 16_020);
  }

  @ParameterizedTest
  @CsvSource({
    "out.mp4, 'mov,mp4,m4a,3gp,3g2,mj2', isom",
    "out.M4V, 'mov,mp4,m4a,3gp,3g2,mj2', 'M4V '",
    "out.mov, 'mov,mp4,m4a,3gp,3g2,mj2', 'qt  '",
    "out.MKV, 'matroska,webm', ''"
  })
  void theEndingOfTheNameSelectsTheFormat(String name, String format, String brand)
      throws IOException {
    List<Path> segments = segments(16, 9);
    // A click after half a second of silence.
    Path click = folder.resolve("click.wav");
    ffmpeg("-f", "lavfi", "-i", "aevalsrc='gt(t,.5)*lt(t,.51)*0.9':s=16000:d=1", "" + click);
    Path output = folder.resolve(name);
    mux(segments, click, 25, output);

    assertThat(
            ffprobe("-show_entries", "format=format_name", "-of", "default=nk=1:nw=1", "" + output))
        .isEqualTo(format);
    byte[] bytes = Files.readAllBytes(output);
    if (!brand.isEmpty()) {
      assertThat(new String(bytes, 4, 8, StandardCharsets.ISO_8859_1)).isEqualTo("ftyp" + brand);
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      assertThat(text.indexOf("moov")).isPositive().isLessThan(text.indexOf("mdat"));
    }
    assertThat(stream(output, "v", "codec_name")).isEqualTo("h264");
    assertThat(stream(output, "a", "codec_name,sample_rate,channels")).isEqualTo("aac,16000,1");
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (Path segment : segments) {
      expected.writeBytes(frames(segment));
    }
    assertThat(frames(output)).isEqualTo(expected.toByteArray());
    List<Double> shown = times(output, "v", "pts_time").stream().sorted().toList();
    assertThat(shown).hasSize(25);
    for (int i = 0; i < shown.size(); i++) {
      assertThat(shown.get(i)).isEqualTo(i / 25.0, within(1e-3));
    }
    assertThat(firstClick(output)).isEqualTo(0.5, within(0.002));

    mux(segments, click, 25, output);
    assertThat(output).as("the same bytes again").hasBinaryContent(bytes);
  }

  /**
   * The time at which the sound first becomes loud, in seconds, as the ffmpeg program decodes it.
   */
  private static double firstClick(Path file) {
    byte[] samples =
        ffmpeg(
            "-copyts",
            "-i",
            file.toString(),
            "-map",
            "0:a",
            "-af",
            "aresample=async=1:first_pts=0",
            "-f",
            "s16le",
            "-ac",
            "1",
            "-ar",
            "16000",
            "-");
    for (int i = 0; i < samples.length / 2; i++) {
      if (Math.abs(samples[2 * i + 1]) > 8000 / 256) {
        return i / 16_000.0;
      }
    }
    return -1;
  }

  @Test
  void otherNamesAreRefused() throws IOException {
    Path output = folder.resolve("out.avi");
    Path sound = sound("wav", 16000, 1, 1);
    List<Path> segments = segments(12);
    assertThatThrownBy(() -> mux(segments, sound, 12, output))
        .isInstanceOf(MediaException.class)
        .hasMessage(output + ": must end in .mp4, .m4v, .mov or .mkv");
    assertThat(output).doesNotExist();
  }

  @Test
  void theIndexPrecedesTheData() throws IOException {
    Path output = folder.resolve("fast.mp4");
    mux(segments(12), sound("wav", 16000, 1, 1), 12, output);
    String bytes = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
    assertThat(bytes.indexOf("moov")).isPositive().isLessThan(bytes.indexOf("mdat"));
  }

  @Test
  void segmentsThatDoNotFitAreRefusedAndLeaveNoFile() throws IOException {
    Path output = folder.resolve("none.mp4");
    List<Path> segments = segments(12);
    Path sound = sound("wav", 16000, 1, 1);
    assertThatThrownBy(() -> mux(segments, sound, 13, output))
        .isInstanceOf(MediaException.class)
        .hasMessageEndingWith("its segments hold 12 frames, not 13");
    assertThat(output).doesNotExist();
    Path other = folder.resolve("other.mp4");
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-pix_fmt", "yuv420p", "" + other);
    assertThatThrownBy(() -> mux(List.of(segments.get(0), other), sound, 37, output))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("other.mp4: is not coded like the first segment");
    assertThat(output).doesNotExist();
    assertThatThrownBy(() -> mux(segments, other, 12, output))
        .hasMessageEndingWith("has no audio stream");
    assertThatThrownBy(() -> mux(segments, sound, 12, folder.resolve("no/such/folder.mp4")))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("cannot be written");
  }

  private void mux(List<Path> segments, Path audio, int frames, Path output) throws IOException {
    mux(segments, audio, frames, FrameRate.REFERENCE, output);
  }

  private void mux(List<Path> segments, Path audio, int frames, FrameRate rate, Path output)
      throws IOException {
    Path sound = folder.resolve("encoded sound.mp4");
    AacTrack.encode(audio, frames, rate, AacTrack.End.EARLY, sound);
    SegmentMuxer.mux(segments, sound, frames, rate, "", output);
  }

  private List<Path> segments(int... lengths) throws IOException {
    return segments("25", lengths);
  }

  private List<Path> segments(String rate, int... lengths) throws IOException {
    Path source = folder.resolve("source.mp4");
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=128x96:d=3:r=" + rate,
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        source.toString());
    VideoProbe probe = VideoProbe.of(source, FrameRatePolicy.SOURCE);
    List<Path> segments = new ArrayList<>();
    int frame = 0;
    try (VideoReader reader = VideoReader.open(source, probe)) {
      for (int length : lengths) {
        Path segment = folder.resolve("segment " + segments.size() + ".mp4");
        try (VideoWriter writer = VideoWriter.open(segment, probe)) {
          for (int i = 0; i < length; i++) {
            try (VideoFrame picture = reader.read(frame++)) {
              writer.write(picture);
            }
          }
          writer.finish();
        }
        segments.add(segment);
      }
    }
    return segments;
  }

  private Path sound(String kind, int rate, int channels, double seconds) {
    Path file = folder.resolve("sound." + kind);
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=f=300:d=" + seconds,
        "-ac",
        "" + channels,
        "-ar",
        "" + rate,
        file.toString());
    return file;
  }

  private static byte[] frames(Path file) {
    return ffmpeg(
        "-i", file.toString(), "-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-");
  }

  private static String stream(Path file, String type, String entries) {
    return ffprobe(
        "-select_streams",
        type,
        "-show_entries",
        "stream=" + entries,
        "-of",
        "csv=p=0",
        file.toString());
  }

  private static List<Double> times(Path file, String type, String entry) {
    return ffprobe(
            "-select_streams",
            type,
            "-show_entries",
            "packet=" + entry,
            "-of",
            "csv=p=0",
            file.toString())
        .lines()
        .map(line -> line.replace(",", ""))
        .map(Double::valueOf)
        .toList();
  }
}
