package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.time.FrameRate;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SignificanceTest {

  /** A first-order autoregressive series. */
  private static float[] series(Random random, int length, double autocorrelation) {
    float[] series = new float[length];
    for (int t = 0; t < length; t++) {
      series[t] = (float) ((t > 0 ? autocorrelation * series[t - 1] : 0) + random.nextGaussian());
    }
    return series;
  }

  @Test
  void alternatingSeriesHaveFewIndependentPairs() {
    float[] series = new float[30];
    for (int t = 0; t < series.length; t++) {
      series[t] = t % 2 == 0 ? 1 : -1;
    }
    // The autocorrelations at 1…6 are ±1, their products 1.
    Significance significance = Significance.of(series, series, 30, FrameRate.REFERENCE);
    assertThat(significance.pairs()).isCloseTo(30 / 13.0, within(1e-9));
    series[7] = Float.NaN;
    assertThat(Significance.of(series, new float[30], 29, FrameRate.REFERENCE).pairs())
        .as("one series is constant")
        .isEqualTo(29);
  }

  @Test
  void longSeriesHaveBartlettsNumberOfIndependentPairs() {
    Random random = new Random(1);
    float[] x = series(random, 100_000, 0.6);
    float[] y = series(random, 100_000, 0.8);
    double product = 0.6 * 0.8;
    assertThat(Significance.of(x, y, 100_000, FrameRate.REFERENCE).pairs())
        .isCloseTo(100_000 * (1 - product) / (1 + product), within(1500.0));
  }

  @Test
  void independentPairsAreAtMostAllPairs() {
    Random random = new Random(1);
    float[] x = series(random, 1000, -0.8);
    float[] y = series(random, 1000, 0.8);
    assertThat(Significance.of(x, y, 1000, FrameRate.REFERENCE).pairs()).isEqualTo(1000);
  }

  @Test
  void theLimitIsThatOfFishersTransform() {
    // tanh(2.95 / sqrt(100)) = 0.2867
    assertThat(new Significance(103).isLarger(0.286, -0.5)).isFalse();
    assertThat(new Significance(103).isLarger(0.288, -0.5)).isTrue();
    // tanh(atanh(0.3) + 2.95 · sqrt(2 / 100)) = 0.6210
    assertThat(new Significance(103).isLarger(0.620, 0.3)).isFalse();
    assertThat(new Significance(103).isLarger(0.622, 0.3)).isTrue();
    assertThat(new Significance(3).isLarger(1, -1)).isFalse();
  }

  @Test
  void falsePositivesAreFewerThanOneInTwenty() {
    int significant = 0;
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      float[] mouth = SyncMeasure.withoutDrift(series(random, 96, 0.7));
      float[] speech = SyncMeasure.withoutDrift(series(random, 96, 0.7));
      significant += SyncMeasure.of(mouth, speech).orElseThrow().significant() ? 1 : 0;
    }
    assertThat(significant).isLessThan(20);
  }

  @Test
  void aMouthThatIsLateIsFoundInNoise() {
    int significant = 0;
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      float[] speech = series(random, 96, 0.7);
      float[] mouth = series(random, 96, 0.7);
      for (int t = 5; t < 96; t++) {
        mouth[t] = 0.5f * mouth[t] + speech[t - 5];
      }
      SyncMeasure measure =
          SyncMeasure.of(SyncMeasure.withoutDrift(mouth), SyncMeasure.withoutDrift(speech))
              .orElseThrow();
      significant += measure.significant() && measure.lag() == 5 ? 1 : 0;
    }
    assertThat(significant).isGreaterThan(90);
  }
}
