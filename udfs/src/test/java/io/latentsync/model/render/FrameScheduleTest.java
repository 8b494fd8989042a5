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
  void aShorterVideoIsPlayedBackAndForthWithItsEndsTwice() {
    assertThat(shown(3, 10)).containsExactly(0, 1, 2, 2, 1, 0, 0, 1, 2, 2);
    assertThat(new FrameSchedule(3, 10).framesUsed()).isEqualTo(3);
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
