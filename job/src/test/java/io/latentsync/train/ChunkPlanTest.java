package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ChunkPlanTest {

  @Test
  void referenceFramesAreNeverAmongTheTargetsInAClipLongEnough() {
    Random random = new Random(1);
    for (int frames = 16; frames < 60; frames += 7) {
      for (int i = 0; i < 500; i++) {
        ChunkPlan plan = ChunkPlan.draw(random, frames, 8);
        assertThat(plan.target()).isBetween(0, frames - 8);
        assertThat(plan.reference()).isBetween(0, frames - 8);
        boolean possible = plan.target() >= 8 || frames - 8 - plan.target() >= 8;
        if (possible) {
          assertThat(Math.abs(plan.target() - plan.reference())).isGreaterThanOrEqualTo(8);
        } else {
          assertThat(plan.reference()).isIn(0, frames - 8);
        }
      }
    }
  }

  @Test
  void everyFrameCanBeTargetAndReference() {
    Random random = new Random(2);
    Set<Integer> targets = new TreeSet<>();
    Set<Integer> references = new TreeSet<>();
    for (int i = 0; i < 5000; i++) {
      ChunkPlan plan = ChunkPlan.draw(random, 40, 16);
      targets.add(plan.target());
      references.add(plan.reference());
    }
    assertThat(targets).hasSize(25);
    assertThat(references).contains(0, 24).hasSizeGreaterThan(15);
  }

  @Test
  void clipsShorterThanAChunkAreRefused() {
    assertThatThrownBy(() -> ChunkPlan.draw(new Random(1), 7, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a clip of 7 frames is too short for chunks of 8");
  }
}
