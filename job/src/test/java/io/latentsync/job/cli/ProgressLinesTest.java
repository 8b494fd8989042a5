package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProgressLinesTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

  /** The lines without the seconds. */
  private List<String> lines() {
    return printed
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.replaceFirst(", \\d+ s", ""))
        .toList();
  }

  @Test
  void thereIsALineForEveryTenth() {
    try (ProgressLines lines = new ProgressLines("synthesise", "frames", 1000, out)) {
      for (int done = 1; done <= 1000; done++) {
        lines.show(done, 1000);
      }
    }
    assertThat(lines()).hasSize(11).startsWith("synthesise   0 %: 0 of 1000 frames");
    assertThat(lines().get(1)).isEqualTo("synthesise  10 %: 100 of 1000 frames");
    assertThat(lines().get(10)).isEqualTo("synthesise 100 %: 1000 of 1000 frames");
  }

  @Test
  void workThatIsAddedOrLostIsShownAgain() {
    try (ProgressLines lines = new ProgressLines("plan", "videos", 1, out)) {
      lines.show(1, 1);
      lines.show(1, 2);
      lines.show(1, 2);
      lines.show(2, 2);
    }
    assertThat(lines())
        .containsExactly(
            "plan         0 %: 0 of 1 videos",
            "plan       100 %: 1 of 1 videos", "plan       100 %: 2 of 2 videos");
  }

  @Test
  void aNoteIsShownAtTheEndOfALine() {
    try (ProgressLines lines = new ProgressLines("unet", "steps", 20, out)) {
      lines.note("loss 0.2500");
      lines.show(2, 20);
    }
    assertThat(lines()).last().isEqualTo("unet        10 %: 2 of 20 steps, loss 0.2500");
  }

  @Test
  void nothingToDoIsNotDone() {
    try (ProgressLines lines = new ProgressLines("stitch", "videos", 0, out)) {
      lines.show(0, 0);
    }
    assertThat(lines()).containsExactly("stitch       0 %: 0 of 0 videos");
  }
}
