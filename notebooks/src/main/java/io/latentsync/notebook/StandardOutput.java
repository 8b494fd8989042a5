package io.latentsync.notebook;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Captures the process's standard output, from all threads, until it is closed. There is one for
 * all cells, because some libraries (Scala's) keep the first stream that they get.
 */
final class StandardOutput implements AutoCloseable {
  private final PrintStream before = System.out;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  StandardOutput() {
    System.setOut(stream);
  }

  /** The output since the last call. */
  String take() {
    synchronized (bytes) {
      stream.flush();
      String text = bytes.toString(StandardCharsets.UTF_8);
      bytes.reset();
      return text;
    }
  }

  @Override
  public void close() {
    System.setOut(before);
  }
}
