package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.time.FrameRate;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SyncMeasureTest {
  private static final int FRAMES = 200;

  /** Noise that is correlated over some frames, like speech. */
  private static float[] syllables(long seed, int length) {
    Random random = new Random(seed);
    float[] series = new float[length];
    for (int t = 1; t < length; t++) {
      series[t] = (float) (0.6 * series[t - 1] + random.nextGaussian());
    }
    return series;
  }

  /** The series delayed by some frames; NaN before its start. */
  private static float[] late(float[] series, int lag) {
    float[] result = new float[series.length];
    for (int t = 0; t < result.length; t++) {
      boolean inside = t - lag >= 0 && t - lag < series.length;
      result[t] = inside ? series[t - lag] : Float.NaN;
    }
    return result;
  }

  private static float[] scaled(float[] series, float factor, float offset) {
    float[] result = series.clone();
    for (int t = 0; t < result.length; t++) {
      result[t] = factor * result[t] + offset;
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(ints = {-15, -7, -1, 0, 1, 4, 15})
  void aLatePictureHasItsLagAndCorrelationOne(int lag) {
    float[] speech = syllables(1, FRAMES);
    SyncMeasure measure =
        SyncMeasure.of(scaled(late(speech, lag), 0.01f, 0.2f), speech).orElseThrow();
    assertThat(measure.lag()).isEqualTo(lag);
    assertThat(measure.correlation()).isCloseTo(1, within(1e-4));
    assertThat(measure.correlationInPlace()).isLessThanOrEqualTo(measure.correlation());
    assertThat(measure.significant()).isEqualTo(lag != 0);
  }

  @Test
  void aShiftBeyondTheLargestLagIsNotFound() {
    float[] speech = syllables(1, FRAMES);
    assertThat(SyncMeasure.of(late(speech, 20), speech).orElseThrow().correlation())
        .isLessThan(0.5);
  }

  @Test
  void theLargestLagIsThatManyMoreFramesAtAHigherRate() {
    float[] speech = syllables(1, FRAMES);
    SyncMeasure measure =
        SyncMeasure.of(late(speech, 30), speech, 0, FRAMES, new FrameRate(50, 1)).orElseThrow();
    assertThat(measure.lag()).isEqualTo(30);
    assertThat(measure.correlation()).isCloseTo(1, within(1e-4));
    float[] second = syllables(1, 49);
    assertThat(SyncMeasure.of(second, second, 0, 49, new FrameRate(50, 1))).isEmpty();
    assertThat(SyncMeasure.of(second, second, 0, 49, FrameRate.REFERENCE)).isPresent();
  }

  @Test
  void correlationOfFewNumbersIsPearsons() {
    float[] opening = new float[25];
    float[] speech = new float[25];
    for (int t = 0; t < 25; t++) {
      opening[t] = t % 5;
      speech[t] = t % 5 == 4 ? 1 : 0;
    }
    // Covariance 2/5, variances 2 and 4/25. Shifted series have too few pairs.
    SyncMeasure measure = SyncMeasure.of(opening, speech).orElseThrow();
    assertThat(measure.lag()).isZero();
    assertThat(measure.correlation()).isCloseTo(0.4 / Math.sqrt(2 * 0.16), within(1e-12));
    assertThat(measure.correlationInPlace()).isEqualTo(measure.correlation());
  }

  @Test
  void noiseLowersTheCorrelationByItsShareOfTheVariance() {
    float[] speech = syllables(1, 20_000);
    float[] noise = syllables(2, 20_000);
    float[] opening = late(speech, 3);
    for (int t = 0; t < opening.length; t++) {
      opening[t] += 2 * noise[t];
    }
    SyncMeasure measure = SyncMeasure.of(opening, speech).orElseThrow();
    assertThat(measure.lag()).isEqualTo(3);
    assertThat(measure.correlation()).isCloseTo(1 / Math.sqrt(5), within(0.03));
  }

  @Test
  void anotherSpeechDoesNotCorrelate() {
    SyncMeasure measure = SyncMeasure.of(syllables(1, 2000), syllables(2, 2000)).orElseThrow();
    assertThat(measure.correlation()).isBetween(0.0, 0.15);
  }

  @Test
  void aMouthThatClosesWhenItShouldOpenIsNegativeInPlace() {
    float[] speech = syllables(1, FRAMES);
    SyncMeasure measure = SyncMeasure.of(scaled(speech, -1, 0), speech).orElseThrow();
    assertThat(measure.correlationInPlace()).isCloseTo(-1, within(1e-6));
    assertThat(measure.lag()).isNotZero();
    assertThat(measure.correlation()).isLessThan(0.5);
  }

  @Test
  void framesWithoutAMouthDoNotCount() {
    float[] speech = syllables(1, FRAMES);
    float[] opening = late(speech, 2);
    for (int t = 0; t < FRAMES; t++) {
      if (t % 3 == 0 || (t > 80 && t < 120)) {
        opening[t] = Float.NaN;
      }
    }
    speech[11] = Float.NaN;
    SyncMeasure measure = SyncMeasure.of(opening, speech).orElseThrow();
    assertThat(measure.lag()).isEqualTo(2);
    assertThat(measure.correlation()).isCloseTo(1, within(1e-4));
  }

  @Test
  void constantSeriesHaveNoMeasure() {
    float[] speech = syllables(1, FRAMES);
    float[] still = new float[FRAMES];
    Arrays.fill(still, 0.1f);
    assertThat(SyncMeasure.of(still, speech)).isEmpty();
    assertThat(SyncMeasure.of(speech, still)).isEmpty();
    assertThat(SyncMeasure.of(still, still)).isEmpty();
    assertThat(SyncMeasure.of(SyncMeasure.withoutDrift(still), speech)).isEmpty();
  }

  @Test
  void lessThanASecondHasNoMeasure() {
    float[] speech = syllables(1, SyncMeasure.minPairs(FrameRate.REFERENCE));
    assertThat(SyncMeasure.of(speech, speech)).isPresent();
    float[] gap = speech.clone();
    gap[7] = Float.NaN;
    assertThat(SyncMeasure.of(gap, speech)).isEmpty();
    assertThat(SyncMeasure.of(new float[0], new float[0])).isEmpty();
  }

  @Test
  void aRangeIsAlsoComparedWithTheSpeechAroundIt() {
    float[] speech = syllables(1, FRAMES);
    float[] opening = syllables(2, FRAMES);
    System.arraycopy(late(speech, 5), 60, opening, 60, 30);
    SyncMeasure measure = SyncMeasure.of(opening, speech, 60, 90).orElseThrow();
    assertThat(measure.lag()).isEqualTo(5);
    assertThat(measure.correlation()).isCloseTo(1, within(1e-6));
    assertThat(SyncMeasure.of(opening, speech).orElseThrow().correlation()).isLessThan(0.5);
  }

  @Test
  void aRangeNeedsNoMouthsOutsideIt() {
    float[] speech = syllables(1, FRAMES);
    float[] opening = syllables(2, FRAMES);
    assertThat(
            SyncMeasure.of(Arrays.copyOfRange(opening, 60, 100), speech, 60, FrameRate.REFERENCE))
        .isEqualTo(SyncMeasure.of(opening, speech, 60, 100, FrameRate.REFERENCE))
        .isPresent();
  }

  @Test
  void driftIsRemovedAndSyllablesStay() {
    float[] smile = new float[100];
    float[] syllables = new float[100];
    float[] both = new float[100];
    for (int t = 0; t < 100; t++) {
      smile[t] = 0.02f * t;
      syllables[t] = (float) Math.sin(2 * Math.PI * t / 6.5);
      both[t] = smile[t] + syllables[t];
    }
    both[50] = Float.NaN;
    float[] without = SyncMeasure.withoutDrift(both);
    assertThat(without[50]).isNaN();
    for (int t = 6; t < 44; t++) {
      assertThat(without[t]).as("frame %d", t).isCloseTo(syllables[t], within(1e-5f));
    }
    assertThat(SyncMeasure.withoutDrift(smile)[20]).isCloseTo(0, within(1e-6f));
  }
}
