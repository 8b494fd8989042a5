package io.latentsync.media.sound;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Pieces of 20 ms at 1000 samples per second, with timestamps from 5 s. */
class SoundTimelineTest {
  private static final int RATE = 1000;
  private static final double START = 5;

  private final SoundTimeline timeline = new SoundTimeline(10);

  private long piece(double time) {
    long silence = timeline.hole(START + time, RATE);
    timeline.add(20, RATE);
    return silence;
  }

  private void begin() {
    assertThat(timeline.begin(0, START, RATE)).isZero();
    timeline.add(20, RATE);
  }

  @Test
  void aLateStartIsSilence() {
    assertThat(timeline.begin(0.42, START, RATE)).isEqualTo(420);
    timeline.add(20, RATE);
    assertThat(piece(0.02)).isZero();
  }

  @Test
  void anImpossibleStartIsNotSilence() {
    assertThat(timeline.begin(-0.02, START, RATE)).isZero();
    assertThat(timeline.begin(11, START, RATE)).isZero();
  }

  @Test
  void aGapIsSilenceOnce() {
    begin();
    assertThat(piece(0.66)).isEqualTo(640);
    assertThat(piece(0.68)).isZero();
  }

  @Test
  void jitterIsNotAGapButLostPiecesAddUp() {
    begin();
    assertThat(piece(0.05)).isZero();
    assertThat(piece(0.03)).isZero();
    assertThat(piece(0.06)).isZero();
    // Two lost pieces of 20 ms are within the jitter, three are not.
    assertThat(piece(0.119)).isZero();
    assertThat(piece(0.16)).isEqualTo(60);
  }

  @Test
  void restartedTimestampsAreNotAGap() {
    begin();
    assertThat(piece(-4)).isZero();
    assertThat(piece(-3.98)).isZero();
    assertThat(piece(-3.86)).isEqualTo(100);
    assertThat(piece(20)).isZero();
    assertThat(piece(20.02)).isZero();
  }

  @Test
  void piecesThatOverlapAreNotCut() {
    begin();
    assertThat(piece(-0.5)).isZero();
    // The following pieces are late by 0.52 s.
    assertThat(piece(0.62)).isEqualTo(580);
  }
}
