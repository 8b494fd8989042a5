package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.time.FrameRange;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SegmentGroupsTest {
  private static final List<FrameRange> HOUR = FrameRange.cut(90_000, 96);

  @Test
  void everySegmentIsInOneGroupInOrder() {
    for (double secondsPerFrame : new double[] {0, 0.001, 0.05, 3}) {
      assertThat(SegmentGroups.of(HOUR, secondsPerFrame, 7).stream().flatMap(List::stream))
          .containsExactlyElementsOf(HOUR);
    }
  }

  @Test
  void withoutMeasurementsEachSegmentIsATask() {
    assertThat(SegmentGroups.of(HOUR, 0, 4)).hasSameSizeAs(HOUR);
  }

  @Test
  void longWorkIsDividedIntoTasksOfAboutTwoMinutes() {
    List<List<FrameRange>> groups = SegmentGroups.of(HOUR, 0.05, 2);
    assertThat(groups.subList(0, 20)).allSatisfy(g -> assertThat(seconds(g)).isBetween(100., 120.));
  }

  @Test
  void tasksGetShorterTowardsTheEnd() {
    List<Double> seconds = SegmentGroups.of(HOUR, 0.05, 4).stream().map(this::seconds).toList();
    assertThat(seconds.get(seconds.size() - 1)).isLessThan(10);
    for (int i = 1; i < seconds.size() - 1; i++) {
      // A group consists of whole segments, of 4.8 s each.
      assertThat(seconds.get(i)).isLessThan(seconds.get(i - 1) + 4.8 + 1e-9);
    }
  }

  @Test
  void manySlotsAllHaveWork() {
    assertThat(SegmentGroups.of(HOUR, 0.05, 100)).hasSizeGreaterThan(200);
  }

  @Test
  void slowSegmentsAreSeparateTasks() {
    assertThat(SegmentGroups.of(HOUR, 3, 1)).hasSameSizeAs(HOUR);
  }

  private double seconds(List<FrameRange> group) {
    return group.stream().mapToInt(FrameRange::frames).sum() * 0.05;
  }
}
