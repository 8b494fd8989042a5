package io.latentsync.job.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines with a clock that the tests set. */
final class ProgressLinesTest {
  private final List<String> lines = new ArrayList<>();
  private long nanos;

  private ProgressLines lines(String name, String unit, long size) {
    return new ProgressLines(
        new Work(name, unit, size, () -> nanos), state -> lines.add(ProgressLines.text(state)));
  }

  private void after(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void thereIsALineForEveryTenthWithSpeedAndTimeLeft() {
    try (ProgressLines progress = lines("synthesise", "frames", 1000)) {
      for (int done = 1; done <= 1000; done++) {
        after(Duration.ofMillis(250));
        progress.show(done, 1000);
      }
    }
    assertThat(lines).hasSize(11).startsWith("synthesise   0 %: 0 of 1000 frames in 0:00");
    assertThat(lines.get(1))
        .isEqualTo("synthesise  10 %: 100 of 1000 frames in 0:25, 4.00 frames/s, 3:45 left");
    assertThat(lines.get(10))
        .isEqualTo("synthesise 100 %: 1000 of 1000 frames in 4:10, 4.00 frames/s");
  }

  @Test
  void thereIsALineAfterThirtySecondsWithoutOne() {
    try (ProgressLines progress = lines("synthesise", "frames", 1000)) {
      after(Duration.ofSeconds(29));
      progress.tick();
      assertThat(lines).hasSize(1);
      after(Duration.ofSeconds(1));
      progress.tick();
      progress.tick();
      assertThat(lines).hasSize(2).last().isEqualTo("synthesise   0 %: 0 of 1000 frames in 0:30");
      after(Duration.ofSeconds(20));
      progress.show(25, 1000);
      after(Duration.ofSeconds(10));
      progress.tick();
      assertThat(lines)
          .hasSize(3)
          .last()
          .isEqualTo("synthesise   2 %: 25 of 1000 frames in 1:00, 0.42 frames/s, 39:00 left");
      progress.show(1000, 1000);
      after(Duration.ofSeconds(60));
      progress.tick();
      assertThat(lines).as("nothing after the end").hasSize(4);
    }
  }

  @Test
  void workThatIsAddedIsShownAtItsEnd() {
    try (ProgressLines progress = lines("plan", "videos", 1)) {
      progress.show(1, 1);
      progress.show(1, 2);
      progress.show(1, 2);
      progress.show(2, 2);
    }
    assertThat(lines)
        .containsExactly(
            "plan         0 %: 0 of 1 videos in 0:00",
            "plan       100 %: 1 of 1 videos in 0:00", "plan       100 %: 2 of 2 videos in 0:00");
  }

  @Test
  void aNoteIsShownAtTheEndOfALine() {
    try (ProgressLines progress = lines("unet", "steps", 20)) {
      progress.note("loss 0.2500");
      progress.show(2, 20);
    }
    assertThat(lines).last().isEqualTo("unet        10 %: 2 of 20 steps in 0:00, loss 0.2500");
  }

  @Test
  void workOfUnknownSizeHasNoLineUntilItsSizeIsKnown() {
    try (ProgressLines progress = lines("stitch", "videos", 0)) {
      progress.show(0, 0);
      after(Duration.ofSeconds(60));
      progress.tick();
      assertThat(lines).isEmpty();
      progress.show(0, 4);
    }
    assertThat(lines).containsExactly("stitch       0 %: 0 of 4 videos in 1:00");
  }

  @Test
  void longTimesHaveHoursAndFastWorkHasFewDecimals() {
    assertThat(new WorkState("synthesise", "frames", 150_000, 600_000, 1000, "").pace())
        .isEqualTo("in 16:40, 150.0 frames/s, 50:00 left");
    assertThat(new WorkState("synthesise", "frames", 100, 7200, 100, "").pace())
        .isEqualTo("in 1:40, 1.00 frames/s, 1:58:20 left");
  }

  @Test
  void aLineForSchedulersHasTheSameNumbers() throws Exception {
    String line =
        JsonLine.Progress.of(new WorkState("synthesise", "frames", 59, 131, 13.1, "")).text();
    assertThat(line).doesNotContain("\n");
    assertThat(new ObjectMapper().readTree(line.replaceFirst("\"time\":\"[^\"]*Z\",", "")))
        .hasToString(
            "{\"event\":\"progress\",\"stage\":\"synthesise\",\"done\":59,\"total\":131,"
                + "\"unit\":\"frames\",\"seconds\":13.1,\"perSecond\":4.5,\"secondsLeft\":15.99}");
    assertThat(JsonLine.Progress.of(new WorkState("plan", "videos", 0, 4, 0.1, "")).text())
        .doesNotContain("perSecond", "secondsLeft", "null");
  }
}
