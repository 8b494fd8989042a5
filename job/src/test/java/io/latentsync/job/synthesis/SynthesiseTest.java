package io.latentsync.job.synthesis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The batch size of task attempts. */
final class SynthesiseTest {
  @Test
  void fromTheThirdAttemptOnTheBatchSizeIsHalved() {
    assertThat(IntStream.range(0, 6).map(attempt -> Synthesise.chunksAtOnce(8, attempt)))
        .containsExactly(8, 8, 4, 2, 1, 1);
    assertThat(Synthesise.chunksAtOnce(1, 2)).isEqualTo(1);
    assertThat(Synthesise.chunksAtOnce(64, 99)).isEqualTo(1);
  }
}
