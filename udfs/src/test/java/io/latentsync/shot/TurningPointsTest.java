package io.latentsync.shot;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurningPointsTest {
  private final List<LumaBlocks> video = new ArrayList<>();
  private int level;

  /** Appends frames of one luma each, that differ from those before them. */
  private void move(int frames, int step) {
    for (int i = 0; i < frames; i++) {
      level = (level + step) % 200;
      byte[] means = new byte[LumaBlocks.BLOCKS];
      Arrays.fill(means, (byte) level);
      video.add(new LumaBlocks(means));
    }
  }

  private FrameRange turns() {
    return TurningPoints.of(video, FrameRate.REFERENCE);
  }

  @Test
  void aVideoTurnsAtItsStillestFramesWithinASecondOfItsEnds() {
    move(10, 2);
    move(5, 0);
    move(90, 2);
    move(6, 0);
    move(9, 2);
    FrameRange turns = turns();
    assertThat(turns.first()).isBetween(11, 13);
    assertThat(turns.end() - 1).isBetween(106, 109);
  }

  @Test
  void stillFramesFartherThanASecondFromTheEndsAreTooFar() {
    move(40, 2);
    move(40, 0);
    move(40, 2);
    assertThat(turns()).isEqualTo(new FrameRange(0, 120));
  }

  @Test
  void anEndWithoutVisibleMotionStays() {
    move(120, 0);
    assertThat(turns()).isEqualTo(new FrameRange(0, 120));
  }

  @Test
  void anEndThatMovesLittleMoreThanTheStillestFrameStays() {
    move(100, 3);
    move(10, 2);
    move(10, 3);
    assertThat(turns()).isEqualTo(new FrameRange(0, 120));
  }

  @Test
  void aVideoDoesNotTurnAtACut() {
    move(118, 1);
    move(1, 60);
    move(1, 1);
    assertThat(turns().end()).isLessThan(118);
  }

  @Test
  void aVideoOfAFewFramesTurnsAtItsEnds() {
    move(4, 0);
    move(4, 2);
    assertThat(turns()).isEqualTo(new FrameRange(0, 8));
    assertThat(TurningPoints.of(video.subList(0, 1), FrameRate.REFERENCE))
        .isEqualTo(new FrameRange(0, 1));
  }
}
