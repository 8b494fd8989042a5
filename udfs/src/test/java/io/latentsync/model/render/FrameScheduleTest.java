package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FrameScheduleTest {

  private static int[] shown(int sourceFrames, int frames) {
    FrameSchedule order = new FrameSchedule(sourceFrames, frames);
    return IntStream.range(0, frames).map(order::source).toArray();
  }

  @Test
  void aLongerVideoIsCut() {
    assertThat(shown(9, 4)).containsExactly(0, 1, 2, 3);
    assertThat(new FrameSchedule(9, 4).framesUsed()).isEqualTo(4);
  }

  @Test
  void aShorterVideoIsPlayedForwardAndBackwardWithItsEndsTwice() {
    assertThat(shown(3, 10)).containsExactly(0, 1, 2, 2, 1, 0, 0, 1, 2, 2);
    assertThat(new FrameSchedule(3, 10).framesUsed()).isEqualTo(3);
  }

  private static int[] shown(int sourceFrames, int speechFrames, LengthPolicy policy) {
    FrameSchedule order = new FrameSchedule(sourceFrames, speechFrames, policy);
    return IntStream.range(0, order.frames()).map(order::source).toArray();
  }

  @Test
  void aShorterVideoStartsAgainOrEndsAsAStill() {
    assertThat(shown(3, 7, LengthPolicy.LOOP)).containsExactly(0, 1, 2, 0, 1, 2, 0);
    assertThat(shown(3, 5, LengthPolicy.HOLD)).containsExactly(0, 1, 2, 2, 2);
    assertThat(shown(9, 2, LengthPolicy.LOOP)).containsExactly(0, 1);
    assertThat(shown(9, 2, LengthPolicy.HOLD)).containsExactly(0, 1);
  }

  @Test
  void theOutputIsAsLongAsTheShorterOrTheLonger() {
    assertThat(shown(3, 5, LengthPolicy.CUT_OFF)).containsExactly(0, 1, 2);
    assertThat(shown(5, 3, LengthPolicy.CUT_OFF)).containsExactly(0, 1, 2);
    assertThat(shown(5, 3, LengthPolicy.SILENCE)).containsExactly(0, 1, 2, 3, 4);
    assertThat(shown(3, 5, LengthPolicy.SILENCE)).containsExactly(0, 1, 2, 2, 1);
    assertThat(new FrameSchedule(5, 3, LengthPolicy.SILENCE).framesUsed()).isEqualTo(5);
  }

  @Test
  void theWholeVideoIsShownFasterOrSlower() {
    assertThat(shown(10, 9, LengthPolicy.REMAP)).containsExactly(0, 1, 2, 3, 5, 6, 7, 8, 9);
    assertThat(shown(9, 10, LengthPolicy.REMAP)).containsExactly(0, 1, 2, 3, 4, 4, 5, 6, 7, 8);
    FrameSchedule faster = new FrameSchedule(10, 9, LengthPolicy.REMAP);
    assertThat(faster.framesUsed()).isEqualTo(10);
    assertThat(faster.speed()).isEqualTo(10 / 9.0);
    assertThat(new FrameSchedule(10, 9).speed()).isEqualTo(1);
  }

  @Test
  void anHourAtSixtyFramesPerSecondDoesNotOverflow() {
    int frames = 60 * 3600;
    FrameSchedule order = new FrameSchedule(frames, frames - 10_000, LengthPolicy.REMAP);
    assertThat(order.source(order.frames() - 1)).isEqualTo(frames - 1);
  }

  @Test
  void aSinglePictureIsRepeated() {
    assertThat(shown(1, 3)).containsExactly(0, 0, 0);
  }

  @Test
  void aScheduleWithoutFramesIsRefused() {
    assertThatThrownBy(() -> new FrameSchedule(0, 3))
        .hasMessageContaining("got 0 source frames for 3 frames");
    assertThatThrownBy(() -> new FrameSchedule(3, 0))
        .hasMessageContaining("got 3 source frames for 0 frames");
  }
}
