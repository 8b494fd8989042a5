package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.diffusion.Noise.Purpose;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeededNoiseTest {
  private static final int LATENT = 4 * 32 * 32;

  private static float[] initial(long seed) {
    return new SeededNoise(seed).initial(LATENT);
  }

  private static float[] posterior(long seed, Purpose purpose, long frame) {
    return new SeededNoise(seed).posterior(purpose, frame, LATENT);
  }

  @Test
  void valuesAreTheSameInEachRelease() {
    // Also computed in Python, from the specification of java.util.Random.
    assertThat(head(initial(1247))).containsExactly(-1.3675027f, 1.0838269f, -0.16912758f);
    assertThat(head(posterior(1247, Purpose.MASKED, 0)))
        .containsExactly(-0.4395419f, 0.6851098f, -1.2602849f);
    assertThat(head(posterior(1247, Purpose.REFERENCE, 0)))
        .containsExactly(-0.5225528f, 0.03275899f, -1.5173196f);
    assertThat(head(posterior(-1, Purpose.REFERENCE, 123_456_789L)))
        .containsExactly(0.114040375f, -1.9887646f, 0.18564449f);
  }

  private static float[] head(float[] values) {
    return new float[] {values[0], values[1], values[4095]};
  }

  @Test
  void valuesDoNotDependOnTheOrderOfCalls() {
    Noise forwards = new SeededNoise(5);
    Noise backwards = new SeededNoise(5);
    List<float[]> first = new ArrayList<>();
    for (long frame = 0; frame < 8; frame++) {
      first.add(forwards.posterior(Purpose.MASKED, frame, LATENT));
    }
    for (long frame = 7; frame >= 0; frame--) {
      assertThat(backwards.posterior(Purpose.MASKED, frame, LATENT))
          .containsExactly(first.get((int) frame));
    }
  }

  @Test
  void everyNoiseIsStandardNormal() {
    for (float[] noise :
        List.of(initial(0), posterior(0, Purpose.MASKED, 3), posterior(9, Purpose.REFERENCE, 4))) {
      // Five standard errors of 4096 samples.
      assertThat(moment(noise, 1)).isCloseTo(0, within(5 / 64.0));
      assertThat(moment(noise, 2)).isCloseTo(1, within(5 * Math.sqrt(2) / 64));
      assertThat(moment(noise, 4)).isCloseTo(3, within(5 * Math.sqrt(96) / 64));
    }
  }

  private static double moment(float[] values, int order) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, order);
    }
    return sum / values.length;
  }

  @Test
  void seedsPurposesAndNeighbouringFramesAreUncorrelated() {
    List<float[]> noises = new ArrayList<>();
    for (long seed = 0; seed < 4; seed++) {
      noises.add(initial(seed));
      for (Purpose purpose : Purpose.values()) {
        for (long frame = 0; frame < 6; frame++) {
          noises.add(posterior(seed, purpose, frame));
        }
      }
    }
    for (int i = 0; i < noises.size(); i++) {
      for (int j = 0; j < i; j++) {
        double sum = 0;
        for (int k = 0; k < 4096; k++) {
          sum += noises.get(i)[k] * noises.get(j)[k];
        }
        // 1326 pairs: the largest of so many correlations is about 3.5 standard errors.
        assertThat(sum / 4096).isCloseTo(0, within(5 / 64.0));
      }
    }
  }

  @Test
  void aShorterNoiseIsAPrefixOfALongerOne() {
    float[] small = new SeededNoise(3).initial(16);
    assertThat(initial(3)).startsWith(small);
  }
}
