package io.latentsync.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.time.FrameRate;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeptRangesTest {
  private static float[] shares(String ranges, int frames) {
    KeptRanges kept = KeptRanges.parse(ranges);
    float[] shares = new float[frames];
    IntStream.range(0, frames)
        .forEach(frame -> shares[frame] = kept.share(frame, FrameRate.REFERENCE));
    return shares;
  }

  @Test
  void newLipsFadeOutBeforeARangeAndInAfterIt() {
    assertThat(shares("0.24-0.32", 14))
        .containsExactly(1, 1, 0.8f, 0.6f, 0.4f, 0.2f, 0, 0, 0.2f, 0.4f, 0.6f, 0.8f, 1, 1);
  }

  @Test
  void aRangeWithoutAnEndLastsToTheEnd() {
    assertThat(shares("0.2-", 8)).containsExactly(1, 0.8f, 0.6f, 0.4f, 0.2f, 0, 0, 0);
  }

  @Test
  void betweenTwoRangesTheNearerOneDeterminesTheFade() {
    assertThat(shares("0.2-0.24, 0-0.04", 6)).containsExactly(0, 0.2f, 0.4f, 0.4f, 0.2f, 0);
  }

  @Test
  void aRangeBetweenTwoFramesKeepsNoFrame() {
    assertThat(shares("0.05-0.07", 4)).containsOnly(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "12-20,61.5-64 | 12.0-20.0,61.5-64.0",
        "1:01:30.5- | 3690.5-",
        "1:30-2:00 | 90.0-120.0",
        "5-6,1-2 | 1.0-2.0,5.0-6.0"
      })
  void timesAreSecondsOrHoursMinutesAndSeconds(String text, String read) {
    assertThat(KeptRanges.parse(text)).hasToString(read);
    assertThat(KeptRanges.parse(read)).isEqualTo(KeptRanges.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "12 | has 12, but must have ranges in seconds or hh:mm:ss, such as 12-20,61.5-64 or 1:30-",
        "1-2, | has , but must have ranges in seconds or hh:mm:ss, such as 12-20,61.5-64 or 1:30-",
        "a-b | has a-b, but must have ranges in seconds or hh:mm:ss, such as 12-20,61.5-64 or 1:30-",
        "-3 | has -3, but must have ranges in seconds or hh:mm:ss, such as 12-20,61.5-64 or 1:30-",
        "20-12 | has 20-12, but a range must end after it begins"
      })
  void invalidRangesAreRefused(String text, String problem) {
    assertThatThrownBy(() -> KeptRanges.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(problem);
  }

  @Test
  void withoutRangesAllFramesGetNewLips() {
    assertThat(KeptRanges.parse("")).isEqualTo(KeptRanges.NONE);
    assertThat(KeptRanges.NONE.share(7, FrameRate.REFERENCE)).isEqualTo(1);
  }

  @Test
  void everythingOutsideTheDubbedRangesIsKept() {
    List<KeptRanges.Range> dubbed = KeptRanges.parse("2-4,3-5,8-9").ranges();
    assertThat(KeptRanges.outside(dubbed)).isEqualTo(KeptRanges.parse("0-2,5-8,9-"));
    assertThat(KeptRanges.outside(KeptRanges.parse("0-").ranges())).isEqualTo(KeptRanges.NONE);
    assertThat(KeptRanges.outside(List.of())).isEqualTo(KeptRanges.parse("0-"));
  }
}
