package io.latentsync.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.shot.LumaBlocks;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Test
  void aShorterVideoIsPlayedBackAndForthBetweenItsTurningPoints() {
    FrameSchedule order = new FrameSchedule(6, 12).recorded(List.of(2), List.of(1, 3));
    assertThat(IntStream.range(0, 12).map(order::source))
        .containsExactly(0, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2);
    assertThat(order.framesUsed()).isEqualTo(4);
    assertThat(order.turns()).containsExactly(1, 3);
    assertThat(order.shots()).isEqualTo(new Shots(List.of(2)));
    FrameSchedule usual = new FrameSchedule(6, 12);
    assertThat(usual.recorded(List.of(), List.of())).isEqualTo(usual);
    assertThat(new FrameSchedule(6, 12).turns()).containsExactly(0, 5);
    assertThat(new FrameSchedule(6, 6).turns()).isEmpty();
    assertThat(new FrameSchedule(6, 12, LengthPolicy.LOOP).turns()).isEmpty();
  }

  /** Frames of one luma each. */
  private static List<LumaBlocks> luma(int... levels) {
    return Arrays.stream(levels)
        .mapToObj(
            level -> {
              byte[] means = new byte[LumaBlocks.BLOCKS];
              Arrays.fill(means, (byte) level);
              return new LumaBlocks(means);
            })
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "BOUNCE, 24, 13",
    "SILENCE, 24, 13",
    "LOOP, 24, 16",
    "HOLD, 24, 16",
    "BOUNCE, 16, 16"
  })
  void onlyAVideoThatPlaysBackAndForthTurnsAtItsStillestFrames(
      LengthPolicy policy, int speechFrames, int used) {
    FrameSchedule order =
        new FrameSchedule(16, speechFrames, policy)
            .analysed(luma(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 19), FrameRate.REFERENCE);
    assertThat(order.framesUsed()).isEqualTo(used);
    assertThat(order.frames()).isEqualTo(speechFrames);
  }

  private static FrameSchedule cut(int sourceFrames, int frames, Integer... cuts) {
    return new FrameSchedule(
        sourceFrames,
        frames,
        LengthPolicy.BOUNCE,
        new Shots(List.of(cuts)),
        new FrameRange(0, sourceFrames));
  }

  @Test
  void noChunkSpansACut() {
    // 0…19, 19…0, 0…: cuts in the dubbed video at 9, 31 and 49.
    FrameSchedule order = cut(20, 52, 9);
    assertThat(IntStream.range(0, 52).filter(order::startsShot)).containsExactly(9, 31, 49);
    assertThat(order.chunk(0, 52, 16)).isEqualTo(9);
    assertThat(order.chunk(9, 52, 16)).isEqualTo(16);
    assertThat(order.chunk(25, 52, 16)).isEqualTo(6);
    assertThat(order.chunk(25, 30, 16)).isEqualTo(5);
    assertThat(order.chunk(31, 52, 16)).isEqualTo(16);
    assertThat(order.chunk(47, 52, 16)).isEqualTo(2);
    assertThat(order.chunk(49, 52, 16)).isEqualTo(3);
  }

  @Test
  void aSegmentHasWholeChunks() {
    assertThat(cut(20, 52, 9).segments(16, 16))
        .containsExactly(
            new FrameRange(0, 9),
            new FrameRange(9, 16),
            new FrameRange(25, 6),
            new FrameRange(31, 16),
            new FrameRange(47, 5));
    assertThat(cut(20, 52, 9).segments(16, 32))
        .containsExactly(new FrameRange(0, 31), new FrameRange(31, 21));
  }

  @Test
  void aVideoWithoutCutsHasTheSegmentsAndChunksOfItsLengthAlone() {
    for (int frames = 1; frames < 200; frames += 7) {
      for (int segment = 16; segment <= 64; segment += 16) {
        FrameSchedule order = new FrameSchedule(70, frames);
        assertThat(order.segments(16, segment)).isEqualTo(FrameRange.cut(frames, segment));
        assertThat(order.chunk(0, frames, 16)).isEqualTo(Math.min(16, frames));
      }
    }
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
