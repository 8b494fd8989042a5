package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.testing.PcmArray;
import io.latentsync.time.FrameRate;
import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class SpeechEnvelopeTest {
  private static final int SAMPLES_PER_FRAME = PcmSource.SAMPLE_RATE / 25;

  private final SpeechEnvelope envelope = new SpeechEnvelope();

  /** A track of 100 frames that is silent except for a tone. */
  private static PcmArray tone(double hertz, double amplitude, int firstFrame, int endFrame) {
    short[] pcm = new short[100 * SAMPLES_PER_FRAME];
    for (int i = firstFrame * SAMPLES_PER_FRAME; i < endFrame * SAMPLES_PER_FRAME; i++) {
      pcm[i] =
          (short) Math.round(amplitude * Math.sin(2 * Math.PI * hertz * i / PcmSource.SAMPLE_RATE));
    }
    return new PcmArray(pcm);
  }

  @Test
  void theBitsOfAFrameDoNotDependOnTheRange() throws Exception {
    PcmArray track = PcmArray.noise(20 * 16_000 + 123);
    float[] whole = envelope.frames(track, 0, 510);
    for (int[] range : new int[][] {{0, 1}, {1, 7}, {99, 102}, {250, 260}, {495, 510}}) {
      assertThat(envelope.frames(track, range[0], range[1] - range[0]))
          .isEqualTo(Arrays.copyOfRange(whole, range[0], range[1]));
    }
    assertThat(envelope.frames(track, 3, 0)).isEmpty();
  }

  @Test
  void theEnvelopeIsHighWhereTheVoiceIs() throws Exception {
    float[] values = envelope.frames(tone(1500, 8000, 40, 60), 0, 100);
    float loud = values[50];
    for (int frame = 0; frame < 100; frame++) {
      if (frame >= 42 && frame < 58) {
        assertThat(values[frame]).as("frame %d", frame).isCloseTo(loud, within(0.01f * loud));
      } else if (frame < 38 || frame >= 62) {
        assertThat(values[frame]).as("frame %d", frame).isZero();
      }
    }
    // It is symmetric about the tone's two ends, so it is neither early nor late.
    assertThat(values[39]).isCloseTo(values[60], within(0.05f * loud));
    assertThat(values[40]).isCloseTo(values[59], within(0.05f * loud));
    assertThat(values[39]).isLessThan(values[40]);
  }

  @Test
  void theEnvelopeIsProportionalToTheSound() throws Exception {
    float quiet = envelope.frames(tone(1500, 1000, 0, 100), 50, 1)[0];
    float loud = envelope.frames(tone(1500, 16_000, 0, 100), 50, 1)[0];
    assertThat(loud / quiet).isCloseTo(16, Percentage.withPercentage(0.1));
  }

  @Test
  void soundsOfClosedLipsOrTeethHaveLittleWeight() throws Exception {
    float vowel = envelope.frames(tone(1500, 8000, 0, 100), 50, 1)[0];
    for (double hertz : new double[] {50, 120, 600, 2500, 6000}) {
      assertThat(envelope.frames(tone(hertz, 8000, 0, 100), 50, 1)[0])
          .as("%f Hz", hertz)
          .isLessThan(0.01f * vowel);
    }
  }

  @Test
  void theEnvelopeIsTakenAtTheTimeOfTheFrame() throws Exception {
    PcmArray track = PcmArray.noise(8 * 16_000);
    float[] reference = envelope.frames(track, 0, 200);
    float[] threeTimes = envelope.frames(track, new FrameRate(75, 1), 0, 600);
    for (int frame = 0; frame < reference.length; frame++) {
      // The middle one of three.
      assertThat(threeTimes[3 * frame + 1]).isEqualTo(reference[frame]);
    }
    float[] ntsc = envelope.frames(track, new FrameRate(30000, 1001), 0, 230);
    assertThat(envelope.frames(track, new FrameRate(30000, 1001), 97, 110))
        .isEqualTo(Arrays.copyOfRange(ntsc, 97, 207));
  }

  @Test
  void theEnvelopeIsZeroAfterTheTracksEnd() throws Exception {
    float[] values = envelope.frames(tone(1500, 8000, 0, 100), 90, 40);
    assertThat(Arrays.copyOfRange(values, 0, 10)).doesNotContain(0);
    assertThat(Arrays.copyOfRange(values, 12, 40)).containsOnly(0);
    assertThat(envelope.frames(new PcmArray(new short[0]), 0, 2)).containsExactly(0, 0);
  }
}
