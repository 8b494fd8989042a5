package io.latentsync.notebook;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Keeps what the process prints to standard output, in whatever thread, until it is closed. One for
 * all that is run, since some libraries (Scala's) keep for good the stream that they find first.
 */
final class StandardOutput implements AutoCloseable {
  private final PrintStream before = System.out;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  StandardOutput() {
    System.setOut(stream);
  }

  /** What was printed since the last call. */
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
