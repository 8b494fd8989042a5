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

  /** A frame on an H100 that four tasks share (docs/measurements.md). */
  private static final double GPU_SECONDS = 0.22;

  private static NightOfDubbing.Result dub(int executors) {
    return dub(new NightOfDubbing.Slots(executors, 0), RENDER_SECONDS, 0.02);
  }

  private static NightOfDubbing.Result dub(
      NightOfDubbing.Slots slots, double renderSeconds, double failures) {
    return new NightOfDubbing(
            slots, Batch.atOnce(500, slots.cores()), renderSeconds, ANALYSE_SECONDS, failures, 7)
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

  @Test
  void failuresOfATenthOfTheTasksLeaveOneHundredExecutorsBusy() {
    assertThat(dub(new NightOfDubbing.Slots(100, 0), RENDER_SECONDS, 0.1).idle()).isLessThan(0.05);
  }

  /** Eight cores for each GPU: four decode, encode and feed the GPU, four do the other stages. */
  @Test
  void oneHundredSlotsOfGpusAreIdleForLessThanFivePercent() {
    assertThat(dub(new NightOfDubbing.Slots(200, 100), GPU_SECONDS, 0.02).idle()).isLessThan(0.05);
  }
}
