package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class AudioWindowsTest {
  private static final int WINDOW = FeatureWindows.WINDOW_ROWS;

  @ParameterizedTest
  @CsvSource({
    "REFERENCE, 0, 1",
    "REFERENCE, 1500, 1",
    "REFERENCE, 1501, 2",
    "REFERENCE, 3000, 2",
    "REFERENCE, 3001, 3",
    "OVERLAP, 0, 1",
    "OVERLAP, 1500, 1",
    "OVERLAP, 1501, 2",
    "OVERLAP, 2500, 2",
    "OVERLAP, 2501, 3",
  })
  void noMoreWindowsThanTheTrackNeeds(AudioWindows laid, long rows, int windows) {
    assertThat(laid.count(rows)).isEqualTo(windows);
  }

  @ParameterizedTest
  @EnumSource
  void eachRowIsInAWindowWithAllAvailableContext(AudioWindows laid) {
    int context = laid == AudioWindows.OVERLAP ? 250 : 0;
    for (long rows : new long[] {1, 1499, 1500, 1501, 1750, 2499, 2500, 2501, 3000, 7777}) {
      int before = 0;
      for (long row = 0; row < rows; row++) {
        int window = laid.windowOf(row, rows);
        long inWindow = row - laid.firstRow(window);
        assertThat(window).isBetween(before, Math.min(before + 1, laid.count(rows) - 1));
        assertThat(inWindow).isGreaterThanOrEqualTo(Math.min(row, context));
        assertThat(WINDOW - 1 - inWindow).isGreaterThanOrEqualTo(Math.min(rows - 1 - row, context));
        before = window;
      }
      assertThat(before).as("each window is used").isEqualTo(laid.count(rows) - 1);
    }
  }
}
