package io.latentsync.media;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.media.sound.AacTrack;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.testing.BlankPng;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that declare long, fast or large media. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class MediaLimitsTest {
  private static final String PICTURES = "-f lavfi -i testsrc2=s=64x48:r=25:d=1 -c:v mpeg4 -g 5 ";
  private static final String SOUND = "-f lavfi -i sine=r=16000:d=1 -c:a pcm_s16le ";

  @TempDir Path folder;

  private Path make(String name, String arguments) {
    Path file = folder.resolve(name);
    List<String> command = new ArrayList<>(List.of(arguments.split(" ")));
    command.add(file.toString());
    ffmpeg(command.toArray(String[]::new));
    return file;
  }

  /** A filter that delays the timestamps from packet 10 on by some seconds. */
  private static String late(String kind, String seconds) {
    return "-bsf:%s setts=ts=TS+gte(N\\,10)*%s/TB ".formatted(kind, seconds);
  }

  private static String message(Path file, String hours) throws IOException {
    return "%s: lasts %s h by its time stamps, but a file of %d bytes may last %.1f h at most (1 h and 1 s for every 10 bytes, up to 24 h)"
        .formatted(file, hours, Files.size(file), 1 + Files.size(file) / 36000.);
  }

  @ParameterizedTest
  @EnumSource(FrameRatePolicy.class)
  void picturesThatAreYearsApartAreRefused(FrameRatePolicy policy) throws IOException {
    Path video = make("jump.mkv", PICTURES + late("v", "1e8"));
    assertThatThrownBy(() -> VideoProbe.of(video, policy))
        .isInstanceOf(MediaException.class)
        .hasMessage(message(video, "27777.8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkv", "mp4", "nut"})
  void picturesThatAreADayApartAreRefusedInEachFormat(String ending) throws IOException {
    Path video = make("jump." + ending, PICTURES + late("v", "86400"));
    assertThatThrownBy(() -> VideoProbe.of(video))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining("by its time stamps, but a file of");
  }

  @Test
  void aJumpOfTimeStampsThatMayRestartIsNoGap() throws IOException {
    Path video = make("jump.ts", PICTURES + late("v", "86400"));
    assertThat(VideoProbe.of(video).durationSeconds()).isBetween(1.0, 2.0);
  }

  /** As in a recording that was paused. */
  @ParameterizedTest
  @CsvSource({"10, 275", "3000, 75025"})
  void aGapRepeatsThePictureBeforeIt(int seconds, int frames) throws IOException {
    Path video = make("hole.mkv", PICTURES + late("v", String.valueOf(seconds)));
    assertThat(VideoProbe.of(video).frames()).isEqualTo(frames);
  }

  @Test
  void aLongRecordingWithEnoughBytesIsRead() throws IOException {
    Path video =
        make(
            "stream.mkv", "-f lavfi -i testsrc2=s=64x48:r=1/10:d=10800 -c:v mpeg4 -b:v 100 -g 100");
    assertThat(VideoProbe.of(video).frames()).isEqualTo(270_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e8", "86400", "4000"})
  void distantTimestampsOfSoundAreNotAGap(String seconds) throws IOException {
    Path sound = make("jump.mka", SOUND + late("a", seconds));
    assertThat(samples(sound)).isEqualTo(16_000);
  }

  @Test
  void aGapInTheSoundIsSilence() throws IOException {
    Path sound = make("hole.mka", SOUND + late("a", "10"));
    assertThat(samples(sound)).isEqualTo(11 * 16_000);
  }

  @Test
  void manyGapsInTheSoundAreRefusedTogether() throws IOException {
    Path sound = make("holes.mka", SOUND + "-bsf:a setts=ts=TS+N*3000/TB");
    assertThatThrownBy(() -> samples(sound))
        .isInstanceOf(MediaException.class)
        .hasMessage(message(sound, "2.5"));
  }

  private static long samples(Path sound) throws IOException {
    long samples = 0;
    try (AudioReader reader = AudioReader.open(sound)) {
      short[] buffer = new short[16_000];
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        samples += n;
      }
    }
    return samples;
  }

  /** A WAV with the given values in its header. */
  private Path wav(String name, int rate, int channels) throws IOException {
    byte[] samples = new byte[64_000];
    ByteBuffer wav = ByteBuffer.allocate(44 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(36 + samples.length)
        .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII))
        .putInt(16);
    wav.putShort((short) 1).putShort((short) channels).putInt(rate);
    wav.putInt(rate * channels * 2).putShort((short) (channels * 2)).putShort((short) 16);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(samples.length).put(samples);
    return Files.write(folder.resolve(name), wav.array());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 999, 4_000_001, Integer.MAX_VALUE})
  void absurdSampleRatesAreRefused(int rate) throws IOException {
    Path sound = wav("rate.wav", rate, 1);
    String message =
        "%s: has %d samples a second, but must have 1000 to 4000000".formatted(sound, rate);
    assertThatThrownBy(() -> AudioReader.probe(sound)).hasMessage(message);
    assertThatThrownBy(() -> AacTrack.requireEncodable(sound)).hasMessage(message);
  }

  @Test
  void absurdNumbersOfChannelsAreRefused() throws IOException {
    Path sound = wav("channels.wav", 16_000, 500);
    assertThatThrownBy(() -> AudioReader.probe(sound))
        .hasMessage(sound + ": has 500 channels, but at most 64 can be mixed");
    assertThatThrownBy(() -> AacTrack.requireEncodable(sound))
        .hasMessage(sound + ": has 500 channels, but at most 64 can be mixed");
  }

  @ParameterizedTest
  @EnumSource(FrameRatePolicy.class)
  void aMillionFramesASecondAreRefusedOrDropped(FrameRatePolicy policy) throws IOException {
    Path video = make("fast.nut", PICTURES + "-vf settb=1/1000000,setpts=N -r 1000000");
    if (policy == FrameRatePolicy.REFERENCE) {
      assertThat(VideoProbe.of(video, policy).frames()).isBetween(0, 2);
    } else {
      assertThatThrownBy(() -> VideoProbe.of(video, policy))
          .isInstanceOf(MediaException.class)
          .hasMessageMatching(
              ".* has about .*e\\+04 frames a second, but must have 10 to 60 for .*");
    }
  }

  @Test
  void aPictureThatIsTooLargeIsNotDecoded() throws IOException {
    Path picture = BlankPng.write(folder.resolve("large.png"), 30_000, 30_000);
    assertThatThrownBy(() -> VideoProbe.of(picture))
        .isInstanceOf(MediaException.class)
        .hasMessage(
            picture
                + ": has no picture of a known size that has at most 268435456 pixels, such as"
                + " 16384×16384");
  }

  @Test
  void aVideoThatDeclaresPicturesThatAreTooLargeIsRefused() throws IOException {
    Path video = make("large.mkv", "-f lavfi -i color=s=512x512:d=1 -c:v rawvideo");
    String bytes = new String(Files.readAllBytes(video), StandardCharsets.ISO_8859_1);
    String width = "\u00b0\u0082\u0002\0";
    String height = "\u00ba\u0082\u0002\0";
    assertThat(bytes).containsOnlyOnce(width + height);
    bytes = bytes.replace(width + height, "\u00b0\u0082u0\u00ba\u0082u0");
    Files.write(video, bytes.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> VideoProbe.of(video))
        .isInstanceOf(MediaException.class)
        .hasMessage(
            video
                + ": has pictures of 30000×30000 pixels, but they may have 268435456 pixels at most,"
                + " such as 16384×16384");
  }

  /** An MP4 declares any number of pictures of equal size in a few bytes. */
  @ParameterizedTest
  @ValueSource(ints = {80_000_000, -1})
  void moreSamplesThanTheFileCanHaveAreRefused(int samples) throws IOException {
    Path video = make("table.mp4", PICTURES);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(video));
    int sizes = indexOf(bytes, "stsz");
    assertThat(bytes.getInt(sizes + 8)).isZero();
    bytes.putInt(sizes + 8, 1).putInt(sizes + 12, samples);
    int chunks = indexOf(bytes, "stsc");
    bytes.putInt(chunks + 8, 1).putInt(chunks + 12, 1).putInt(chunks + 16, samples);
    Files.write(video, bytes.array());
    assertThatThrownBy(() -> VideoProbe.of(video))
        .isInstanceOf(MediaException.class)
        .hasMessage(
            "%s: says that it has %d pictures or pieces of sound, but a file of %d bytes may have %d at most",
            video, Integer.toUnsignedLong(samples), bytes.capacity(), 64L * bytes.capacity());
  }

  @Test
  void moreSamplesThanAFragmentCanHaveAreRefused() throws IOException {
    Path video = make("fragments.mp4", PICTURES + "-movflags frag_keyframe+empty_moov");
    assertThat(VideoProbe.of(video).frames()).isEqualTo(25);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(video));
    bytes.putInt(indexOf(bytes, "trun") + 8, 60_000_000);
    Files.write(video, bytes.array());
    assertThatThrownBy(() -> VideoProbe.of(video))
        .isInstanceOf(MediaException.class)
        .hasMessageContaining(
            "says that it has 60000000 pictures or pieces of sound, but a file of");
  }

  /** FFmpeg reports a lack of memory, but the file is at fault. */
  @Test
  void aPictureLargerThanMemoryIsAnErrorOfTheFile() throws IOException {
    Path video = make("fragments.mp4", PICTURES + "-movflags frag_keyframe+empty_moov");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(video));
    int run = indexOf(bytes, "trun");
    // The fields: number of pictures, offset, flags of the first picture; then the size of each.
    assertThat(bytes.getInt(run + 4)).isEqualTo(0x205);
    bytes.putInt(run + 20, -1);
    Files.write(video, bytes.array());
    assertThatThrownBy(() -> VideoProbe.of(video))
        .isInstanceOf(MediaException.class)
        .hasMessage(
            video
                + ": cannot be read further (it is damaged: it declares a part that does not fit into"
                + " memory)");
  }

  @Test
  void pcmSamplesOfAMovieAreNotCountedOneByOne() throws IOException {
    Path sound = make("pcm.mov", "-f lavfi -i anullsrc=r=48000:cl=mono -t 200 -c:a pcm_s16le");
    assertThat(samples(sound)).isEqualTo(200 * 16_000);
  }

  private static int indexOf(ByteBuffer bytes, String box) {
    String text = StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
    assertThat(text).contains(box);
    return text.indexOf(box);
  }
}
