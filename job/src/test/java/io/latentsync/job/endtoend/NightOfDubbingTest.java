package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.run.Batch;
import io.latentsync.job.testing.NightOfDubbing;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Virtual time: the same on every machine. */
final class NightOfDubbingTest {
  /** On one core: a frame of the demonstration model, and of the face detector. */
  private static final double RENDER_SECONDS = 0.38;

  private static final double ANALYSE_SECONDS = 0.025;

  /** 500 videos of half a minute to half an hour, most of them short. */
  private static List<Integer> night() {
    Random random = new Random(1247);
    List<Integer> frames = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      double minutes = 0.5 * Math.pow(60, Math.pow(random.nextDouble(), 1.5));
      frames.add((int) (minutes * 60 * 25));
    }
    return frames;
  }

  private static NightOfDubbing.Result dub(int executors) {
    return new NightOfDubbing(
            executors, Batch.atOnce(500, executors), RENDER_SECONDS, ANALYSE_SECONDS, 0.02, 7)
        .dub(night());
  }

  @Test
  void oneHundredExecutorsAreIdleForLessThanFivePercent() {
    assertThat(dub(100).idle()).isLessThan(0.05);
  }

  @Test
  void tenTimesTheExecutorsNeedLessThanAnEighthOfTheTime() {
    assertThat(dub(100).makespan()).isLessThan(dub(10).makespan() / 8);
  }
}
