package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SyncNetScoreTest {
  private static final int WIDTH = 8;

  /** Embeddings of unit variance; equal seeds give equal ones. */
  private static float[][] embeddings(int windows, long seed) {
    Random random = new Random(seed);
    float[][] embeddings = new float[windows][WIDTH];
    for (float[] embedding : embeddings) {
      for (int i = 0; i < WIDTH; i++) {
        embedding[i] = (float) random.nextGaussian();
      }
    }
    return embeddings;
  }

  @ParameterizedTest
  @ValueSource(ints = {-15, -4, 0, 1, 15})
  void aLatePictureHasAPositiveOffset(int late) {
    float[][] all = embeddings(130, 1);
    float[][] sound = Arrays.copyOfRange(all, 15, 115);
    float[][] lips = Arrays.copyOfRange(all, 15 - late, 115 - late);
    SyncNetScore score = SyncNetScore.of(lips, sound);
    assertThat(score.offset()).isEqualTo(late);
    // The distance of unrelated embeddings is 4: the root of twice the width.
    assertThat(score.confidence() + score.distance()).isBetween(3.5, 4.2);
    assertThat(score.confidence()).isGreaterThan(3);
  }

  @Test
  void theArithmeticOfFewNumbersIsThatOfTheReference() {
    // Sound beyond the ends is 0. The distances at shift 0 are 1 and 0; with the sound one window
    // later 2 and 5, one window earlier 3 and 3, with any other shift 3 and 5.
    SyncNetScore score = SyncNetScore.of(new float[][] {{3}, {5}}, new float[][] {{2}, {5}});
    assertThat(score.offset()).isZero();
    assertThat(score.distance()).isCloseTo(0.5, within(1e-5));
    assertThat(score.confidence()).as("median 4 less 0.5").isCloseTo(3.5, within(1e-5));
    // 3 and 4 before the median of nine values, which are zero beyond the ends.
    assertThat(score.frameConfidences()).containsExactly(0, 0);
    assertThat(score.lowestConfidence()).isZero();

    // Five windows of 3 are the majority of any nine values, so the median is 3; four are not.
    float[][] same = {{3}, {3}, {3}, {3}, {3}};
    for (float confidence : SyncNetScore.of(same, same).frameConfidences()) {
      assertThat(confidence).isCloseTo(3, within(1e-5f));
    }
    float[][] fewer = Arrays.copyOf(same, 4);
    assertThat(SyncNetScore.of(fewer, fewer).frameConfidences()).containsExactly(0, 0, 0, 0);
  }

  @Test
  void lipsThatDoNotMatchTheSoundHaveNoConfidence() {
    SyncNetScore score = SyncNetScore.of(embeddings(200, 1), embeddings(200, 2));
    assertThat(score.confidence()).isLessThan(0.5);
    assertThat(score.frameConfidences()).hasSize(200);
  }

  @Test
  void framesOutOfSyncHaveLowConfidences() {
    float[][] sound = embeddings(100, 1);
    float[][] lips = sound.clone();
    System.arraycopy(embeddings(30, 9), 0, lips, 40, 30);
    SyncNetScore score = SyncNetScore.of(lips, sound);
    assertThat(score.offset()).isZero();
    float[] confidences = score.frameConfidences();
    for (int i : new int[] {10, 30, 80, 90}) {
      assertThat(confidences[i]).as("in sync, window %d", i).isGreaterThan(3);
    }
    for (int i : new int[] {50, 55, 60}) {
      assertThat(confidences[i]).as("out of sync, window %d", i).isLessThan(1.5f);
    }
  }

  @Test
  void differentNumbersOfWindowsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SyncNetScore.of(embeddings(2, 1), embeddings(3, 1)))
        .withMessageContaining("2 and 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SyncNetScore.of(new float[0][], new float[0][]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SyncNetScore.of(new float[0][]))
        .withMessageContaining("at least 1");
  }
}
