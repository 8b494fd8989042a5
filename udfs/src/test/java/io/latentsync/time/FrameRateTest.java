package io.latentsync.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameRateTest {

  @Test
  void fractionsOfOneValueAreOneRate() {
    assertThat(new FrameRate(60000, 2002)).isEqualTo(new FrameRate(30000, 1001));
    assertThat(new FrameRate(50, 2)).isEqualTo(FrameRate.REFERENCE).hasToString("25");
    assertThat(new FrameRate(30000, 1001)).hasToString("29.97");
  }

  @ParameterizedTest
  @CsvSource({"10, 1", "24000, 1001", "24, 1", "25, 1", "30000, 1001", "50, 1", "60, 1"})
  void tickAndFirstFrameAreInverse(int numerator, int denominator) {
    FrameRate rate = new FrameRate(numerator, denominator);
    for (long frame = 0; frame < 2000; frame++) {
      long tick = rate.tick(frame, 48_000);
      assertThat(tick / 48_000.0).isLessThanOrEqualTo(rate.seconds(frame) + 1e-9);
      assertThat((tick + 1) / 48_000.0).isGreaterThan(rate.seconds(frame));
      assertThat(rate.frameFrom(tick, 48_000)).isEqualTo(frame);
    }
  }

  @Test
  void durationsHaveWholeNumbersOfFrames() {
    assertThat(FrameRate.REFERENCE.framesIn(500)).isEqualTo(12);
    assertThat(new FrameRate(30000, 1001).framesIn(500)).isEqualTo(14);
    assertThat(new FrameRate(50, 1).framesIn(500)).isEqualTo(25);
    assertThat(new FrameRate(50, 1).seconds(75)).isEqualTo(1.5);
  }

  @Test
  void aRateWithoutFramesOrTimeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FrameRate(0, 1))
        .withMessageContaining("0/1");
    assertThatIllegalArgumentException().isThrownBy(() -> new FrameRate(25, 0));
  }
}
