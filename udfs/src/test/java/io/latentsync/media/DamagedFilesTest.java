package io.latentsync.media;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.PcmFile;
import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of 100 frames or 4 s of sound that are truncated, overwritten or intact. */
final class DamagedFilesTest {
  private static final int FRAMES = 100;
  private static final String PICTURES = "-f lavfi -i testsrc2=size=192x128:rate=25 ";
  private static final String SOUND = "-f lavfi -i sine=frequency=300:sample_rate=44100 ";
  private static final String H264 = "-c:v libx264 -preset veryfast -g 25 ";

  @TempDir Path folder;

  private Path make(String name, String arguments) {
    Path file = folder.resolve(name);
    ffmpeg((arguments + "-t 4 " + file).split(" +"));
    return file;
  }

  private Path video(String name, String arguments) {
    return make(name, PICTURES + SOUND + arguments);
  }

  private Path sound(String name, String arguments) {
    return make(name, SOUND + arguments);
  }

  private static Path cut(Path file, double share) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return Files.write(file, Arrays.copyOf(bytes, (int) (share * bytes.length)));
  }

  private static Path overwrite(Path file, double share) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    byte[] random = new byte[(int) (share * bytes.length)];
    new Random(7).nextBytes(random);
    System.arraycopy(random, 0, bytes, (bytes.length - random.length) / 2, random.length);
    return Files.write(file, bytes);
  }

  /**
   * The number of frames that are read, missing at the end, missing in the middle, and concealed.
   */
  private record Frames(int read, int cutOff, int missing, int concealed) {
    static Frames of(Path file) throws IOException {
      VideoProbe probe = VideoProbe.of(file);
      int[] states = new int[FrameState.values().length];
      try (VideoReader reader = VideoReader.open(file, probe)) {
        for (int frame = 0; frame < probe.frames(); frame++) {
          try (VideoFrame picture = reader.read(frame)) {
            switch (picture.state()) {
              case INTACT -> states[0]++;
              case CONCEALED -> states[1]++;
              case MISSING -> states[2]++;
            }
          }
        }
      }
      return new Frames(probe.frames(), probe.missingFrames(), states[2], states[1]);
    }
  }

  private SoundDamage damage(Path file) throws IOException {
    return PcmFile.decode(file, folder.resolve("speech.pcm")).damage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.mp4    | -c:v libx264 -preset veryfast -c:a aac -movflags +faststart
          frag.mp4 | -c:v libx264 -preset veryfast -c:a aac -movflags +frag_keyframe+empty_moov
          open.mp4 | -c:v libx264 -preset veryfast -x264-params open-gop=1:keyint=20:bframes=3 -c:a aac
          ir.mkv   | -c:v libx264 -preset veryfast -x264-params intra-refresh=1:keyint=20 -c:a aac
          int.mov  | -c:v libx264 -preset veryfast -flags +ilme+ildct -vf interlace -c:a aac
          a.ts     | -c:v libx264 -preset veryfast -c:a aac
          a.flv    | -c:v libx264 -preset veryfast -c:a aac
          a.avi    | -c:v mpeg4 -c:a libmp3lame
          a.mpg    | -c:v mpeg2video -c:a mp2
          a.webm   | -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus
          long.mkv | -c:v libx264 -preset veryfast -frames:v 40 -c:a aac
          vfr.mp4  | -vf select='not(mod(n\\,3))' -fps_mode vfr -c:v libx264 -c:a aac
          a.gif    | -an
          """)
  void intactVideosShowNoDamage(String name, String arguments) throws IOException {
    Path file = video(name, arguments + " ");
    Frames frames = Frames.of(file);
    assertThat(frames).isEqualTo(new Frames(frames.read(), 0, 0, 0));
    if (!arguments.equals("-an")) {
      assertThat(damage(file).isAny()).as("%s", damage(file)).isFalse();
    }
  }

  /** Whatever was read before, a damaged picture is replaced by the same one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a.mp4    | -c:v libx264 -preset veryfast -g 5 -bf 2
          b.mp4    | -c:v libx264 -preset veryfast -g 25
          """)
  void damagedPicturesAreReplacedByThoseBeforeThemInAnyOrderOfReading(String name, String arguments)
      throws IOException {
    Path file = overwrite(make(name, PICTURES + arguments + " "), 0.2);
    VideoProbe probe = VideoProbe.of(file);
    List<String> forward = new ArrayList<>();
    List<String> alone = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame = 0; frame < probe.frames(); frame++) {
        forward.add(digest(reader, frame));
      }
    }
    for (int frame = 0; frame < probe.frames(); frame++) {
      try (VideoReader reader = VideoReader.open(file, probe)) {
        alone.add(digest(reader, frame));
      }
    }
    assertThat(alone).isEqualTo(forward);
    assertThat(forward).anyMatch(picture -> picture.startsWith(FrameState.MISSING.toString()));
  }

  private static String digest(VideoReader reader, int frame) throws IOException {
    try (VideoFrame picture = reader.read(frame)) {
      return picture.state() + " " + DigestUtils.sha256Hex(picture.toRgb().pixels());
    }
  }

  /** Streams that begin or end between keyframes and not at the same time as their sound. */
  @ParameterizedTest
  @CsvSource({"cut.mp4, 1", "cut.mkv, 1", "cut.flv, 1", "cut.ts, 0"})
  void copiedPartsOfAVideoShowNoDamage(String name, int openGop) throws IOException {
    Path whole =
        video(
            "whole.mp4",
            "-c:v libx264 -x264-params open-gop=%d:keyint=20 -c:a aac ".formatted(openGop));
    Path part = folder.resolve(name);
    ffmpeg(("-ss 1.3 -i " + whole + " -t 2 -c copy " + part).split(" "));
    Frames frames = Frames.of(part);
    assertThat(frames).isEqualTo(new Frames(frames.read(), 0, 0, 0));
    assertThat(damage(part).isAny()).as("%s", damage(part)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.6, 0.9})
  void aTruncatedMp4LacksTheFramesThatItLists(double share) throws IOException {
    Path file = cut(video("a.mp4", H264 + "-c:a aac -movflags +faststart "), share);
    Frames frames = Frames.of(file);
    assertThat(frames.read() + frames.cutOff()).isBetween(FRAMES, FRAMES + 3);
    assertThat(frames.cutOff()).isGreaterThan((int) (FRAMES * (1 - share) / 2));
    assertThat(damage(file).missingSeconds()).isGreaterThan(2 * (1 - share));
  }

  @ParameterizedTest
  @CsvSource({
    "a.mkv, libx264, aac",
    "a.flv, libx264, aac",
    "a.avi, mpeg4, libmp3lame",
    "a.webm, libvpx-vp9, libopus"
  })
  void declaredFramesThatTheFileLacksAreMissing(String name, String video, String audio)
      throws IOException {
    Path file = cut(video(name, "-c:v %s -cpu-used 8 -g 25 -c:a %s ".formatted(video, audio)), 0.5);
    Frames frames = Frames.of(file);
    assertThat(frames.read() + frames.cutOff()).isBetween(FRAMES - 2, FRAMES + 2);
    assertThat(frames.cutOff()).isBetween(20, 80);
    assertThat(damage(file).missingSeconds()).isBetween(1.0, 3.0);
  }

  @Test
  void aTransportStreamDeclaresNoDurationAndShowsOnlyItsLastPacket() throws IOException {
    Frames frames = Frames.of(cut(video("a.ts", H264 + "-c:a aac "), 0.503));
    assertThat(frames.read()).isLessThan(FRAMES - 20);
    assertThat(frames.cutOff()).isZero();
    assertThat(frames.missing() + frames.concealed()).isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"a.mp4, libx264, 8", "b.mp4, libx265, 8", "c.mov, mjpeg, 3", "d.mkv, libx264, 1"})
  void overwrittenPicturesAreCounted(String name, String codec, int least) throws IOException {
    Path file = overwrite(make(name, PICTURES + "-an -g 25 -c:v " + codec + " "), 0.2);
    Frames frames = Frames.of(file);
    assertThat(frames.read()).isEqualTo(FRAMES);
    assertThat(frames.missing() + frames.concealed()).isGreaterThanOrEqualTo(least);
  }

  @ParameterizedTest
  @CsvSource({
    "a.wav, pcm_s16le",
    "a.mp3, libmp3lame",
    "a.m4a, aac",
    "a.flac, flac",
    "a.ogg, libopus",
    "a.aac, aac",
    "a.aiff, pcm_s16be",
    "a.wma, wmav2",
    "a.mka, aac"
  })
  void intactSoundShowsNoDamage(String name, String codec) throws IOException {
    assertThat(damage(sound(name, "-c:a " + codec + " ")).isAny()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"a.wav, pcm_s16le", "a.mp3, libmp3lame", "a.flac, flac", "a.mka, aac"})
  void truncatedSoundLacksItsEnd(String name, String codec) throws IOException {
    SoundDamage damage = damage(cut(sound(name, "-c:a " + codec + " "), 0.5));
    assertThat(damage.missingSeconds()).isBetween(1.8, 2.6);
    assertThat(damage.share()).isBetween(0.45, 0.65);
  }

  @Test
  void aTruncatedShortWavLacksItsLastTenth() throws IOException {
    Path file = folder.resolve("short.wav");
    ffmpeg((SOUND + "-t 0.5 " + file).split(" +"));
    assertThat(damage(cut(file, 0.9)).missingSeconds()).isBetween(0.04, 0.06);
  }

  @Test
  void aTruncatedM4aLacksItsEnd() throws IOException {
    SoundDamage damage = damage(cut(sound("a.m4a", "-c:a aac -movflags +faststart "), 0.5));
    assertThat(damage.missingSeconds()).isBetween(1.5, 2.5);
    assertThat(damage.text())
        .matches(
            "(\\d packets? \\(0\\.0\\d s\\) cannot be decoded and )?the last [12]\\.\\d\\d of 4\\.0\\d s are missing");
  }

  @Test
  void aWavThatWasWrittenToAPipeHasNoDeclaredEnd() throws IOException {
    Path file = sound("a.wav", "-c:a pcm_s16le ");
    byte[] bytes = Files.readAllBytes(file);
    for (byte[] size : new byte[][] {{-1, -1, -1, -1}, {0, -16, -1, 127}}) {
      System.arraycopy(size, 0, bytes, 4, 4);
      System.arraycopy(size, 0, bytes, 74, 4);
      Files.write(file, bytes);
      assertThat(damage(file)).isEqualTo(new SoundDamage(0, 0, 0, damage(file).declaredSeconds()));
    }
  }

  @Test
  void packetsThatFailAreCountedAndSilent() throws IOException {
    SoundDamage damage = damage(overwrite(sound("a.m4a", "-c:a aac -movflags +faststart "), 0.2));
    assertThat(damage.failedPackets()).isGreaterThan(10);
    assertThat(damage.share()).isBetween(0.05, 0.3);
    assertThat(new SoundDamage(2, 0.05, 1.5, 4).text())
        .isEqualTo("2 packets (0.05 s) cannot be decoded and the last 1.50 of 4.00 s are missing");
  }
}
