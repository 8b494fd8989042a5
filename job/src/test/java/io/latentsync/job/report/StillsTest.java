package io.latentsync.job.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StillsTest {

  @Test
  void manyRequestsHaveFewerStillsEach() {
    assertThat(Stills.pairsEach(1)).isEqualTo(Stills.MOST_PAIRS);
    assertThat(Stills.pairsEach(80)).isEqualTo(4);
    assertThat(Stills.pairsEach(200)).isEqualTo(1);
    assertThat(Stills.pairsEach(Stills.MOST_PAIRS)).isEqualTo(1);
  }
}
