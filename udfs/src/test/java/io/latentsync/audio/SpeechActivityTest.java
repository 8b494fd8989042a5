package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.testing.PcmArray;
import io.latentsync.time.FrameRate;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tracks of 4 s whose parts are voice, breath and silence. */
final class SpeechActivityTest {
  private static final int RATE = PcmSource.SAMPLE_RATE;
  private static final int FRAMES = 100;

  private final short[] track = new short[4 * RATE];

  /** Adds a voice of 120 Hz with 25 harmonics. */
  private void voice(double from, double to, double amplitude) {
    for (int i = (int) (from * RATE); i < to * RATE; i++) {
      double sum = 0;
      for (int harmonic = 1; harmonic <= 25; harmonic++) {
        sum += Math.sin(2 * Math.PI * 120 * harmonic * i / RATE) / harmonic;
      }
      track[i] += (short) (amplitude * 16_000 * sum / 2);
    }
  }

  private void breath(double from, double to, double amplitude) {
    Random random = new Random(3);
    for (int i = (int) (from * RATE); i < to * RATE; i++) {
      track[i] += (short) (amplitude * 16_000 * random.nextGaussian() / 3);
    }
  }

  /** The frames of some seconds. */
  private static BitSet seconds(double... borders) {
    BitSet frames = new BitSet();
    for (int i = 0; i < borders.length; i += 2) {
      frames.set((int) Math.round(25 * borders[i]), (int) Math.round(25 * borders[i + 1]));
    }
    return frames;
  }

  /** Asserts the frames with speech, but for one frame at each border. */
  private void assertSpeech(BitSet expected) throws Exception {
    BitSet found = SpeechActivity.frames(new PcmArray(track), FrameRate.REFERENCE, FRAMES);
    for (int frame = 0; frame < FRAMES; frame++) {
      boolean border =
          expected.get(Math.max(0, frame - 1)) != expected.get(frame)
              || expected.get(frame + 1) != expected.get(frame);
      if (!border) {
        assertThat(found.get(frame)).as("frame %d", frame).isEqualTo(expected.get(frame));
      }
    }
  }

  @Test
  void aVoiceIsSpeechAndSilenceIsNot() throws Exception {
    voice(0.4, 1.6, 1);
    voice(3, 4, 0.5);
    assertSpeech(seconds(0.4, 1.6, 3, 4));
  }

  @Test
  void breathIsNotSpeech() throws Exception {
    voice(0.4, 1.6, 1);
    breath(2.2, 2.8, 0.3);
    assertSpeech(seconds(0.4, 1.6));
  }

  /** Hum of the mains and a constant offset are alike after any short time, but have no pitch. */
  @ParameterizedTest
  @CsvSource({"0, 0.01", "50, 0.03", "60, 0.03", "20, 0.05"})
  void breathInARecordingWithHumOrAnOffsetIsNotSpeech(int hertz, double amplitude)
      throws Exception {
    voice(0.4, 1.6, 1);
    breath(2.2, 2.8, 0.3);
    for (int i = 0; i < track.length; i++) {
      track[i] += (short) (32_767 * amplitude * Math.cos(2 * Math.PI * hertz * i / RATE));
    }
    assertSpeech(seconds(0.4, 1.6));
  }

  @Test
  void aWeakEndOfAWordIsSpeechAndAWeakSoundAloneIsNot() throws Exception {
    voice(0.4, 1.2, 1);
    voice(1.2, 1.6, 0.032);
    voice(2.8, 3.2, 0.032);
    assertSpeech(seconds(0.4, 1.6));
  }

  @Test
  void aShortPauseIsSpeech() throws Exception {
    voice(0.4, 1.0, 1);
    voice(1.2, 1.6, 1);
    assertSpeech(seconds(0.4, 1.6));
  }

  @Test
  void aTrackOfWeakNoiseIsSilent() throws Exception {
    breath(0, 4, 0.001);
    assertSpeech(new BitSet());
  }

  @Test
  void afterTheEndOfTheTrackThereIsSilence() throws Exception {
    voice(0, 4, 1);
    assertThat(SpeechActivity.frames(new PcmArray(track), FrameRate.REFERENCE, 150).cardinality())
        .isBetween(99, 101);
  }
}
