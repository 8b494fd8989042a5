package io.latentsync.media.sound;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.media.MediaException;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected samples come from {@code ffmpeg -ac 1 -ar 16000 -c:a pcm_s16le}. */
@Tag("slow")
class AudioReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "wav, 16000, 1, pcm_s16le",
    "wav, 8000, 1, pcm_s16le",
    "wav, 22050, 2, pcm_s16le",
    "wav, 44100, 2, pcm_s16le",
    "wav, 48000, 6, pcm_s24le",
    "wav, 44100, 1, pcm_u8",
    "wav, 48000, 2, pcm_f32le",
    "mp3, 44100, 2, libmp3lame",
    "m4a, 44100, 2, aac",
    "aac, 48000, 2, aac",
    "opus, 48000, 2, libopus",
    "ogg, 48000, 1, libopus",
    "flac, 96000, 2, flac",
    "ac3, 48000, 6, ac3",
    "mkv, 44100, 1, libmp3lame"
  })
  void samplesEqualFfmpegs(String extension, int rate, int channels, String codec)
      throws IOException {
    Path file = folder.resolve("Ton – 音 1." + extension);
    make(file, rate, channels, codec, false);
    assertEqualToFfmpeg(file);
    AudioProbe probe = AudioReader.probe(file);
    assertThat(probe.sampleRate()).isEqualTo(rate);
    assertThat(probe.channels()).isEqualTo(channels);
    assertThat(probe.durationSeconds()).isBetween(1.9, 2.3);
  }

  @Test
  void theSoundOfAVideoIsRead() throws IOException {
    Path file = folder.resolve("video.mp4");
    make(file, 44100, 2, "aac", true);
    assertEqualToFfmpeg(file);
    assertThat(AudioReader.probe(file).codec()).isEqualTo("aac");
  }

  @Test
  void aTrackThatChangesItsRateAndChannelsMidwayIsRead() throws IOException {
    Path first = folder.resolve("first.aac");
    Path second = folder.resolve("second.aac");
    make(first, 44100, 2, "aac", false);
    make(second, 32000, 1, "aac", false);
    Path both = folder.resolve("both.aac");
    Files.write(both, Files.readAllBytes(first));
    Files.write(both, Files.readAllBytes(second), StandardOpenOption.APPEND);
    assertEqualToFfmpeg(both);
  }

  @Test
  void aDecodableTrackIsChosenFromSeveralDefaultTracks() throws IOException {
    Path both = twoTracks("both.mov");
    byte[] bytes = Files.readAllBytes(both);
    // The first track's codec becomes one that does not exist.
    int codec = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("sowt");
    bytes[codec] = 'X';
    Files.write(both, bytes);
    AudioProbe probe = AudioReader.probe(both);
    assertThat(probe.codec()).isEqualTo("pcm_s16be");
    assertThat(probe.channels()).isEqualTo(1);

    int other = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("twos");
    bytes[other] = 'X';
    Path none = Files.write(folder.resolve("none.mov"), bytes);
    assertThatThrownBy(() -> AudioReader.probe(none))
        .hasMessage(none + ": is coded as none, which cannot be decoded");
  }

  /** PCM in stereo, then in mono and another byte order, both marked as the default. */
  private Path twoTracks(String name) {
    Path file = folder.resolve(name);
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "sine=d=1:f=300",
        "-f",
        "lavfi",
        "-i",
        "sine=d=1:f=500",
        "-map",
        "0",
        "-map",
        "1",
        "-c:a:0",
        "pcm_s16le",
        "-ac:a:0",
        "2",
        "-c:a:1",
        "pcm_s16be",
        "-ac:a:1",
        "1",
        "-disposition:a",
        "default",
        file.toString());
    return file;
  }

  @Test
  void aFileWithoutSoundIsRefusedInOneSentence() throws IOException {
    Path silent = folder.resolve("silent.mp4");
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", silent.toString());
    assertThatThrownBy(() -> AudioReader.open(silent))
        .isInstanceOf(MediaException.class)
        .hasMessageEndingWith("silent.mp4: has no audio stream");
    Path empty = folder.resolve("empty.wav");
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-t", "0", empty.toString());
    assertThatThrownBy(() -> AudioReader.probe(empty))
        .isInstanceOf(MediaException.class)
        .hasMessageEndingWith("empty.wav: has an audio stream without samples");
    Path text = Files.writeString(folder.resolve("a.wav"), "no sound at all\n".repeat(99));
    assertThatThrownBy(() -> AudioReader.open(text)).isInstanceOf(MediaException.class);
    assertThatThrownBy(() -> AudioReader.open(folder.resolve("none.wav")))
        .hasMessageEndingWith("none.wav: no such file");
  }

  /** A late start and a gap become silence, as with ffmpeg's aresample=async. */
  @ParameterizedTest
  @CsvSource({"mkv, flac", "mkv, libopus", "mp4, aac", "ts, aac", "nut, pcm_s16le"})
  void timestampsAreHonoured(String extension, String codec) throws IOException {
    Path file = folder.resolve("holes." + extension);
    ffmpeg(
        ("-f lavfi -i testsrc2=s=64x64:d=3 -itsoffset 0.42 -f lavfi -i"
                + " sine=frequency=300:r=48000:d=3 -c:a "
                + codec
                + " -bsf:a noise=drop='between(pts*tb\\,1.22\\,1.86)' "
                + file)
            .split(" "));
    short[] samples = samples(file);
    for (int at = 0; at < 3.3 * AudioReader.SAMPLE_RATE; at += 160) {
      double time = at / (double) AudioReader.SAMPLE_RATE;
      double loudness = 0;
      for (int i = at; i < at + 160; i++) {
        loudness = Math.max(loudness, Math.abs(samples[i]));
      }
      boolean border =
          Math.abs(time - 0.42) < 0.1 || Math.abs(time - 1.22) < 0.1 || Math.abs(time - 1.86) < 0.1;
      boolean silent = time < 0.42 || (time > 1.22 && time < 1.86);
      if (!border) {
        assertThat(loudness > 500).as("at %.2f s", time).isEqualTo(!silent);
      }
    }
    assertThat(samples.length / (double) AudioReader.SAMPLE_RATE).isCloseTo(3.42, within(0.1));
  }

  /** The decoders return no samples for the first packets, or cut them off. */
  @ParameterizedTest
  @CsvSource({
    "mkv, libx264, vorbis, 0.5, 0.75",
    "nut, libx264, vorbis, 0.5, 0.75",
    "asf, msmpeg4, wmav1, 0.5, 0.75",
    "asf, msmpeg4, wmav2, 0.5, 0.75",
    "mkv, libx264, wmav2, 0.5, 0.75",
    "mkv, libx264, libopus, 0.5, 0.75",
    "mkv, libx264, vorbis, 0, 0.25",
    "mkv, libx264, wmav2, 0, 0.25",
    // The muxer moves the pictures by the encoder's delay of 46 ms.
    "asf, msmpeg4, wmav2, 0, 0.296"
  })
  void soundBeginsAtTheTimestampOfItsFirstDecodedSample(
      String extension, String videoCodec, String codec, double offset, double expected)
      throws IOException {
    Path file = folder.resolve("delayed." + extension);
    ffmpeg(
        ("-f lavfi -i testsrc2=s=64x64:d=2 -itsoffset %s -f lavfi -i"
                + " aevalsrc=exprs=0.5*sin(1885*t)*gte(t\\,0.25):s=48000:d=1 -ac 2 -c:v %s"
                + " -strict -2 -c:a %s %s")
            .formatted(offset, videoCodec, codec, file)
            .split(" "));
    assertThat(onset(samples(file)) / (double) AudioReader.SAMPLE_RATE)
        .isCloseTo(expected, within(0.003));
  }

  /** The output's sound and the speech that the networks are conditioned on stay together. */
  @Test
  void soundOfAnAviHasNoGaps() throws IOException {
    Path file = folder.resolve("dts.avi");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=64x64:d=1 -f lavfi -i sine=d=1:r=48000 -c:v mjpeg"
                + " -c:a dca -strict -2 -ac 2 "
                + file)
            .split(" ", -1));
    // FFmpeg writes them with timestamps five seconds apart.
    assertEqualToFfmpeg(file);
  }

  @Test
  void theEncodedTrackHasTheSameSilence() throws IOException {
    Path file = folder.resolve("late.mkv");
    ffmpeg(
        ("-f lavfi -i testsrc2=s=64x64:d=2 -itsoffset 0.5 -f lavfi -i"
                + " sine=frequency=300:r=48000:d=1 -c:a flac "
                + file)
            .split(" "));
    Path encoded = folder.resolve("encoded.mp4");
    AacTrack.encode(file, 50, FrameRate.REFERENCE, AacTrack.End.EARLY, encoded);
    assertThat(onset(samples(encoded))).isCloseTo(onset(samples(file)), within(200));
    assertThat(onset(samples(file))).isCloseTo(8000, within(20));
  }

  @Test
  void aShorterTrackIsFollowedBySilenceIfThatIsAskedFor() throws IOException {
    Path file = tone("pcm_s16le", 2);
    Path encoded = folder.resolve("encoded.mp4");
    AacTrack.encode(file, 75, FrameRate.REFERENCE, AacTrack.End.EARLY, encoded);
    assertThat(samples(encoded)).hasSizeBetween(16_000, 17_100);
    AacTrack.encode(file, 75, FrameRate.REFERENCE, AacTrack.End.SILENT, encoded);
    short[] samples = samples(encoded);
    assertThat(samples).hasSizeBetween(48_000, 49_100);
    for (int i = 17_100; i < samples.length; i++) {
      assertThat(Math.abs(samples[i])).isLessThan(4);
    }
  }

  @ParameterizedTest
  @CsvSource({"pcm_f32le, 4, 1", "pcm_f64le, 8, 1", "pcm_f32le, 4, 2"})
  void invalidSamplesAreReplacedBySilenceAndCounted(String codec, int bytes, int channels)
      throws IOException {
    Path file = tone(codec, channels);
    put(file, bytes, 5000, Double.NaN);
    put(file, bytes, 6000, Double.POSITIVE_INFINITY);
    put(file, bytes, 7000, Double.NEGATIVE_INFINITY);
    put(file, bytes, 8000, 1e30);
    put(file, bytes, 9000, -101);
    try (AudioReader reader = AudioReader.open(file)) {
      short[] buffer = new short[1 << 20];
      assertThat(reader.read(buffer)).isEqualTo(AudioReader.SAMPLE_RATE);
      assertThat(reader.repairs().notNumbers()).isEqualTo(3);
      assertThat(reader.repairs().outOfRange()).isEqualTo(2);
      assertThat(reader.repairs().isHopeless()).isFalse();
      for (short sample : buffer) {
        assertThat(Math.abs(sample)).isLessThan(6000);
      }
    }
    Path encoded = folder.resolve("encoded.mp4");
    AacTrack.encode(file, 25, FrameRate.REFERENCE, AacTrack.End.EARLY, encoded);
    assertThat(samples(encoded)).hasSizeGreaterThan(15_000);
  }

  @Test
  void soundThatIsScaledFarBeyondFullScaleIsHopeless() throws IOException {
    Path file = folder.resolve("scaled.wav");
    ffmpeg(
        ("-f lavfi -i aevalsrc=exprs=if(lt(t\\,0.7)\\,0\\,1e30*sin(2000*t)):d=1:s=16000 -c:a"
                + " pcm_f32le "
                + file)
            .split(" "));
    try (AudioReader reader = AudioReader.open(file)) {
      reader.read(new short[1 << 20]);
      assertThat(reader.repairs().isHopeless()).isTrue();
    }
  }

  @Test
  void soundAboveFullScaleIsClipped() throws IOException {
    Path file = folder.resolve("loud.wav");
    ffmpeg(
        ("-f lavfi -i aevalsrc=exprs=4*sin(2000*t):d=1:s=16000 -c:a pcm_f32le " + file).split(" "));
    try (AudioReader reader = AudioReader.open(file)) {
      reader.read(new short[1 << 20]);
      assertThat(reader.repairs().repaired()).isZero();
    }
    assertEqualToFfmpeg(file);
  }

  private Path tone(String codec, int channels) {
    Path file = folder.resolve("tone.wav");
    ffmpeg(
        "-f lavfi -i sine=frequency=300:r=16000:d=1 -ac %d -c:a %s %s"
            .formatted(channels, codec, file)
            .split(" "));
    return file;
  }

  /** Overwrites a sample, counted from the end of the file. */
  private static void put(Path file, int bytes, int fromEnd, double value) throws IOException {
    byte[] wav = Files.readAllBytes(file);
    ByteBuffer place = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
    int at = wav.length - bytes * fromEnd;
    if (bytes == Float.BYTES) {
      place.putFloat(at, (float) value);
    } else {
      place.putDouble(at, value);
    }
    Files.write(file, wav);
  }

  private static int onset(short[] samples) {
    int at = 0;
    while (Math.abs(samples[at]) < 500) {
      at++;
    }
    return at;
  }

  /**
   * Each part is 0.6 s of pictures, and of sound with a tone from 0.2 s on. An encoder's delay and
   * padding must not add up over the parts.
   */
  @ParameterizedTest
  @CsvSource({"aac, 48000", "aac, 16000", "mp2, 48000", "libmp3lame, 44100"})
  void soundOfJoinedPartsStaysInSync(String codec, int rate) throws IOException {
    Path joined = folder.resolve("joined.ts");
    for (int part = 0; part < 12; part++) {
      Path file = folder.resolve("part.ts");
      ffmpeg(
          "-y",
          "-f",
          "lavfi",
          "-i",
          "testsrc2=s=64x64:r=25:d=0.6",
          "-f",
          "lavfi",
          "-i",
          "aevalsrc=exprs='between(t,0.2,0.4)*0.8*sin(2*PI*1000*t)':s=%d:d=0.6".formatted(rate),
          "-c:v",
          "mpeg2video",
          "-c:a",
          codec,
          file.toString());
      Files.write(
          joined, Files.readAllBytes(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
    short[] samples = samples(joined);
    List<Double> tones = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i]) > 5000) {
        tones.add(i / 16_000.0);
        i += 6400;
      }
    }
    assertThat(tones).hasSize(12);
    double first = tones.get(0);
    for (int part = 0; part < 12; part++) {
      assertThat(tones.get(part) - first).as("part %d", part).isCloseTo(0.6 * part, within(0.09));
    }
  }

  /** Speech-like: a gliding tone, a second one in the other channels, and noise. */
  private static void make(Path file, int rate, int channels, String codec, boolean video) {
    List<String> channel = new ArrayList<>();
    for (int i = 0; i < channels; i++) {
      channel.add("0.4*sin(2*PI*t*(%d+200*t))+0.05*random(%d)".formatted(180 + 90 * i, i));
    }
    String source =
        "aevalsrc=exprs='%s':s=%d:d=2%s"
            .formatted(String.join("|", channel), rate, channels == 6 ? ":c=5.1" : "");
    List<String> command = new ArrayList<>(List.of("-f", "lavfi", "-i", source));
    if (video) {
      command.addAll(List.of("-f", "lavfi", "-i", "testsrc2=s=64x64:d=2"));
    }
    command.addAll(List.of("-c:a", codec, file.toString()));
    ffmpeg(command.toArray(String[]::new));
  }

  private static void assertEqualToFfmpeg(Path file) throws IOException {
    byte[] reference =
        ffmpeg(
            "-i",
            file.toString(),
            "-vn",
            "-ac",
            "1",
            "-ar",
            "16000",
            "-c:a",
            "pcm_s16le",
            "-f",
            "s16le",
            "-");
    short[] expected = new short[reference.length / 2];
    ByteBuffer.wrap(reference).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(expected);
    short[] actual = samples(file);
    assertThat(actual).hasSameSizeAs(expected);
    int close = 0;
    for (int i = 0; i < actual.length; i++) {
      close += Math.abs(actual[i] - expected[i]) <= 1 ? 1 : 0;
    }
    assertThat((double) close / actual.length).isGreaterThanOrEqualTo(0.999);
  }

  private static short[] samples(Path file) throws IOException {
    short[] actual = new short[0];
    short[] buffer = new short[1000];
    try (AudioReader reader = AudioReader.open(file)) {
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        int length = actual.length;
        actual = Arrays.copyOf(actual, length + n);
        System.arraycopy(buffer, 0, actual, length, n);
      }
    }
    return actual;
  }
}
