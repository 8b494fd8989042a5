package io.latentsync.job.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The screen of a terminal after bars were printed. */
final class TerminalBarsTest {
  private final PrintStream outBefore = System.out;
  private final PrintStream errorsBefore = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream terminal = new PrintStream(printed, true, StandardCharsets.UTF_8);
  private long nanos;

  @BeforeEach
  void redirect() {
    System.setOut(terminal);
    System.setErr(terminal);
  }

  @AfterEach
  void restore() {
    System.setOut(outBefore);
    System.setErr(errorsBefore);
  }

  private ProgressBar bar(TerminalBars bars, String name, String unit, long size) {
    return new ProgressBar(new Work(name, unit, size, () -> nanos), bars);
  }

  /** The lines of the screen after all escape sequences are applied. */
  private List<String> screen() {
    List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    int row = 0;
    int column = 0;
    String text = printed.toString(StandardCharsets.UTF_8).replaceAll("\u001b\\[\\?7[lh]", "");
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\u001b[1A", i)) {
        row--;
        i += 3;
      } else if (text.startsWith("\u001b[J", i)) {
        lines.get(row).setLength(column);
        lines.subList(row + 1, lines.size()).clear();
        i += 2;
      } else if (text.charAt(i) == '\r') {
        column = 0;
      } else if (text.charAt(i) == '\n') {
        row++;
        column = 0;
        if (row == lines.size()) {
          lines.add(new StringBuilder());
        }
      } else {
        lines.get(row).replace(column, column + 1, text.substring(i, i + 1));
        column++;
      }
    }
    return lines.stream().map(StringBuilder::toString).toList();
  }

  @Test
  void aBarShowsTheTotalFromItsFirstLineAndStaysAtTheEnd() {
    TerminalBars bars = new TerminalBars();
    try (ProgressBar bar = bar(bars, "synthesise", "frames", 131)) {
      assertThat(screen())
          .containsExactly("synthesise   0 % [>                   ] 0/131 frames in 0:00");
      nanos += 13_000_000_000L;
      bar.show(59, 131);
      assertThat(screen())
          .containsExactly(
              "synthesise  45 % [=========>          ] 59/131 frames in 0:13, 4.54 frames/s, 0:16 left");
      bar.show(131, 131);
    }
    assertThat(screen())
        .containsExactly(
            "synthesise 100 % [====================] 131/131 frames in 0:13, 10.1 frames/s", "");
  }

  @Test
  void textThatIsPrintedMeanwhileAppearsAboveInWholeLines() {
    TerminalBars bars = new TerminalBars();
    ProgressBar analyse = bar(bars, "analyse", "frames", 10);
    ProgressBar speech = bar(bars, "speech", "videos", 1);
    System.err.print("a warning ");
    System.out.println("a request has ended");
    System.err.println("in two parts\nand a second line");
    assertThat(screen())
        .containsExactly(
            "a request has ended",
            "a warning in two parts",
            "and a second line",
            "analyse      0 % [>                   ] 0/10 frames in 0:00",
            "speech       0 % [>                   ] 0/1 videos in 0:00");
    analyse.show(10, 10);
    analyse.close();
    System.err.print("no line break");
    speech.close();
    assertThat(screen())
        .containsExactly(
            "a request has ended",
            "a warning in two parts",
            "and a second line",
            "analyse    100 % [====================] 10/10 frames in 0:00",
            "speech       0 % [>                   ] 0/1 videos in 0:00",
            "no line break");
    assertThat(System.err).isSameAs(terminal);
    assertThat(System.out).isSameAs(terminal);
  }

  @Test
  void workOfSizeZeroIsNotShown() {
    TerminalBars bars = new TerminalBars();
    try (ProgressBar bar = bar(bars, "stitch", "videos", 0)) {
      bar.show(0, 0);
    }
    assertThat(screen()).containsExactly("");
  }
}
