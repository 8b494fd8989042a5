package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MfccTest {
  private final Mfcc mfcc = new Mfcc();

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "400, 1", "401, 2", "560, 2", "561, 3", "16000, 99"})
  void theColumnsCoverTheTrack(long samples, long columns) {
    assertThat(Mfcc.columns(samples)).isEqualTo(columns);
  }

  @Test
  void theBitsOfAColumnDoNotDependOnTheBlock() throws IOException {
    PcmArray track = PcmArray.noise(3 * PcmSource.SAMPLE_RATE + 77);
    int all = (int) Mfcc.columns(track.samples());
    float[][] whole = mfcc.columns(track, 0, all);
    for (int[] range : new int[][] {{0, 1}, {1, 20}, {100, 140}, {all - 3, all}}) {
      float[][] some = mfcc.columns(track, range[0], range[1] - range[0]);
      assertThat(some).isDeepEqualTo(Arrays.copyOfRange(whole, range[0], range[1]));
    }
  }

  @Test
  void silenceAndColumnsAfterTheEndAreTheFloor() throws IOException {
    float[] silent = mfcc.columns(new PcmArray(new short[400]), 0, 1)[0];
    assertThat(silent[0]).isCloseTo((float) (-52 * Math.log(2)), within(1e-5f));
    for (int k = 1; k < Mfcc.COEFFICIENTS; k++) {
      assertThat(silent[k]).as("coefficient %d of a flat spectrum", k).isCloseTo(0, within(1e-3f));
    }
    assertThat(mfcc.columns(PcmArray.noise(1000), 50, 1)[0]).containsExactly(silent);
  }

  @Test
  void coefficientsOfAnImpulseAreThoseOfTheFormula() throws IOException {
    short[] impulse = new short[400];
    impulse[100] = 1000;
    // Computed independently in double precision from the formula in the class's Javadoc.
    double[] expected = {
      13.7894, -36.7204, -10.4431, -12.4164, -6.7392, -6.9361, -4.7173, -5.2468, -4.2477, -4.3617,
      -3.0988, -3.068, -2.493
    };
    float[] column = mfcc.columns(new PcmArray(impulse), 0, 1)[0];
    for (int k = 0; k < Mfcc.COEFFICIENTS; k++) {
      assertThat((double) column[k]).as("coefficient %d", k).isCloseTo(expected[k], within(1e-3));
    }
  }

  @Test
  void firstCoefficientIsTheLogarithmOfThePower() throws IOException {
    PcmArray track = PcmArray.noise(400);
    // By Parseval's theorem; the first and last bin of the spectrum count once, the others twice.
    double energy = 0;
    double even = 0;
    double alternating = 0;
    double before = 0;
    for (int i = 0; i < 400; i++) {
      double value = track.pcm()[i] - 0.97 * before;
      before = track.pcm()[i];
      energy += value * value;
      even += value;
      alternating += i % 2 == 0 ? value : -value;
    }
    double power = (512 * energy + even * even + alternating * alternating) / 2 / 512;
    assertThat(mfcc.columns(track, 0, 1)[0][0]).isCloseTo((float) Math.log(power), within(1e-4f));
  }
}
