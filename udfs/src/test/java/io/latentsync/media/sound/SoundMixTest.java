package io.latentsync.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.testing.FfmpegProgram;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SoundMixTest {
  private static final int RATE = 48_000;

  @TempDir Path folder;

  /** Writes a mono file; the function gives each sample, in parts of full scale, at its time. */
  private Path sound(String name, double seconds, DoubleUnaryOperator samples) throws IOException {
    int count = (int) Math.round(seconds * RATE);
    ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putShort(
          (short) Math.round(Short.MAX_VALUE * samples.applyAsDouble((double) i / RATE)));
    }
    Path file = folder.resolve(name);
    AudioSystem.write(
        new AudioInputStream(
            new ByteArrayInputStream(bytes.array()),
            new AudioFormat(RATE, Short.SIZE, 1, true, false),
            count),
        AudioFileFormat.Type.WAVE,
        file.toFile());
    return file;
  }

  private static DoubleUnaryOperator tone(double frequency, double amplitude) {
    return time -> amplitude * Math.sin(2 * Math.PI * frequency * time);
  }

  /** A mono mix, in parts of full scale. */
  private double[] mix(List<Path> tracks, Optional<Path> source, List<SoundMix.Range> ranges)
      throws Exception {
    Path file = folder.resolve("mix.au");
    SoundMix.write(tracks, source, ranges, 2.5, file);
    AudioProbe probe = AudioReader.probe(file);
    try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
      assertThat(in.getFormat())
          .extracting(Object::toString)
          .isEqualTo(new AudioFormat(RATE, Short.SIZE, 1, true, true).toString());
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes());
      double[] left = new double[bytes.remaining() / Short.BYTES];
      for (int i = 0; i < left.length; i++) {
        left[i] = bytes.getShort(Short.BYTES * i) / (double) Short.MAX_VALUE;
      }
      assertThat(probe.codec()).isEqualTo("pcm_s16be");
      assertThat(probe.durationSeconds())
          .isCloseTo((double) left.length / RATE, within(1.0 / RATE));
      return left;
    }
  }

  @Test
  void tracksAreSummedAtTheirLevelsAndLastAsLongAsTheLongest() throws Exception {
    Path first = sound("first.wav", 1, tone(440, 0.3));
    Path second = sound("second.wav", 1.5, tone(660, 0.2));
    double[] mix = mix(List.of(first, second), Optional.empty(), List.of());
    assertThat(mix).hasSize(RATE * 3 / 2);
    for (int i = 0; i < mix.length; i += 37) {
      double time = (double) i / RATE;
      double expected =
          tone(660, 0.2).applyAsDouble(time) + (i < RATE ? tone(440, 0.3).applyAsDouble(time) : 0);
      assertThat(mix[i]).as("sample %d", i).isCloseTo(expected, within(2e-4));
    }
  }

  @Test
  void aMixBeyondFullScaleIsLimitedAndTheRestIsUnchanged() throws Exception {
    // The tones add up to 1.4 in the second half only.
    Path first = sound("first.wav", 2, tone(440, 0.7));
    Path second = sound("second.wav", 2, time -> time < 1 ? 0 : tone(440, 0.7).applyAsDouble(time));
    double[] mix = mix(List.of(first, second), Optional.empty(), List.of());
    double most = 0;
    for (double sample : mix) {
      most = Math.max(most, Math.abs(sample));
    }
    assertThat(most).isCloseTo(Limiter.CEILING, within(5e-3));
    assertThat(most).isLessThanOrEqualTo(Limiter.CEILING + 1e-4);
    for (int i = 0; i < RATE - Limiter.ATTACK; i += 37) {
      assertThat(mix[i])
          .as("sample %d", i)
          .isCloseTo(tone(440, 0.7).applyAsDouble((double) i / RATE), within(2e-4));
    }
  }

  @Test
  void aRangeOfTheSourceReplacesTheMix() throws Exception {
    Path speech = sound("speech.wav", 2, tone(440, 0.3));
    Path sound = sound("source.wav", 2, time -> 0.5);
    Path source = folder.resolve("source.mkv");
    FfmpegProgram.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=size=64x64:duration=2",
        "-i",
        sound.toString(),
        "-c:a",
        "pcm_s16le",
        source.toString());
    double[] mix = mix(List.of(speech), Optional.of(source), List.of(new SoundMix.Range(0.5, 1.0)));
    assertThat(mix).hasSize(2 * RATE);
    assertThat(mix[RATE * 3 / 4]).isCloseTo(0.5, within(2e-4));
    for (int i : new int[] {1000, RATE / 2 - 1, RATE, RATE + 5000}) {
      assertThat(mix[i])
          .as("sample %d", i)
          .isCloseTo(tone(440, 0.3).applyAsDouble((double) i / RATE), within(2e-4));
    }
  }

  @Test
  void rangesOfTheSourceThatTouchOrOverlapAreOneRange() throws Exception {
    Path speech = sound("speech.wav", 2, tone(440, 0.3));
    Path source = sound("source.wav", 2, time -> 0.5);
    List<SoundMix.Range> parts =
        List.of(
            new SoundMix.Range(1.0, 1.5),
            new SoundMix.Range(0.5, 1.0),
            new SoundMix.Range(1.2, 1.4));
    double[] mix = mix(List.of(speech), Optional.of(source), parts);
    double[] whole =
        mix(List.of(speech), Optional.of(source), List.of(new SoundMix.Range(0.5, 1.5)));
    assertThat(mix).isEqualTo(whole);
    assertThat(mix[RATE]).isCloseTo(0.5, within(2e-4));
  }
}
