package io.latentsync.job.cli.progress;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * The progress bars at the bottom of a terminal. While there are bars, all text on standard output
 * and standard error appears above them, in whole lines. A finished bar stays above the others.
 */
final class TerminalBars {
  private static final String UP = "\u001b[1A";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final String WRAP_OFF = "\u001b[?7l";
  private static final String WRAP_ON = "\u001b[?7h";

  private static final int WIDTH = 20;

  /** The bars on standard error. */
  static final TerminalBars OF_ERRORS = new TerminalBars();

  private final List<Work> bars = new ArrayList<>();

  // The streams before the first bar; null without bars.
  private PrintStream out;
  private PrintStream errors;
  private Above outAbove;
  private Above errorsAbove;
  private Future<?> ticks;

  /** Number of bars on the terminal. */
  private int drawn;

  synchronized void add(Work bar) {
    if (bars.isEmpty()) {
      out = System.out;
      errors = System.err;
      outAbove = new Above(out);
      errorsAbove = new Above(errors);
      System.setOut(new PrintStream(outAbove, true, Charset.defaultCharset()));
      System.setErr(new PrintStream(errorsAbove, true, Charset.defaultCharset()));
      ticks = Ticker.everySecond(this::draw);
    }
    bars.add(bar);
    draw();
  }

  synchronized void remove(Work bar) {
    if (!bars.remove(bar)) {
      return;
    }
    errors.print(erasing() + (isVisible(bar.state()) ? line(bar.state()) + "\n" : ""));
    draw();
    if (bars.isEmpty()) {
      ticks.cancel(false);
      outAbove.finish();
      errorsAbove.finish();
      System.setOut(out);
      System.setErr(errors);
    }
  }

  /** Draws all bars in their current state. */
  synchronized void draw() {
    List<WorkState> visible =
        bars.stream().map(Work::state).filter(TerminalBars::isVisible).toList();
    String lines = visible.stream().map(TerminalBars::line).collect(Collectors.joining("\n"));
    errors.print(erasing() + lines);
    errors.flush();
    drawn = visible.size();
  }

  /** Work of size 0 has no bar, because its size is not known yet. */
  private static boolean isVisible(WorkState state) {
    return state.size() > 0;
  }

  /** The line of a bar. A narrow terminal cuts it off instead of wrapping it. */
  private static String line(WorkState state) {
    int filled = (int) (WIDTH * state.percent() / 100);
    String bar = "=".repeat(filled) + (filled < WIDTH ? ">" : "");
    return "%s%-10s %3d %% [%-20s] %d/%d %s %s%s"
        .formatted(
            WRAP_OFF,
            state.name(),
            state.percent(),
            bar,
            state.done(),
            state.size(),
            state.unit(),
            state.pace(),
            WRAP_ON);
  }

  /** The control sequence that removes the bars from the terminal. */
  private String erasing() {
    String erasing = drawn == 0 ? "" : "\r" + UP.repeat(drawn - 1) + CLEAR_BELOW;
    drawn = 0;
    return erasing;
  }

  private synchronized void printAbove(PrintStream target, byte[] text) {
    errors.print(erasing());
    errors.flush();
    target.write(text, 0, text.length);
    target.flush();
    draw();
  }

  /** Prints whole lines above the bars. */
  private final class Above extends OutputStream {
    private final PrintStream target;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Above(PrintStream target) {
      this.target = target;
    }

    @Override
    public void write(int character) {
      synchronized (TerminalBars.this) {
        line.write(character);
        if (character == '\n') {
          byte[] text = line.toByteArray();
          line.reset();
          printAbove(target, text);
        }
      }
    }

    /** Prints the text that has no line break yet. */
    void finish() {
      target.write(line.toByteArray(), 0, line.size());
      target.flush();
    }
  }
}
