package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.OtherProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sends SIGTERM to a process while a task computes. */
final class RunningTasksTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Exit code of a JVM that SIGTERM ended: 128 + 15. */
  private static final int TERMINATED = 143;

  @Test
  void aTaskIsInterruptedAndEndsItself() throws Exception {
    try (OtherProcess process = OtherProcess.start(List.of(), Computing.class, "stops")) {
      process.readLine();
      process.signal("TERM");
      assertThat(process.endsWithin(LIMIT)).isTrue();
      assertThat(process.output())
          .isEqualTo(new OtherProcess.Output(TERMINATED, List.of("has ended itself")));
    }
  }

  @Test
  void aTaskThatDoesNotStopIsLeftButItsScratchIsDeleted() throws Exception {
    try (OtherProcess process = OtherProcess.start(List.of(), Computing.class, "goes on")) {
      Path scratch = Path.of(process.readLine());
      assertThat(scratch).isDirectory();
      process.signal("TERM");
      assertThat(process.endsWithin(LIMIT)).isTrue();
      assertThat(process.output())
          .isEqualTo(new OtherProcess.Output(TERMINATED, List.of("is interrupted")));
      assertThat(scratch).doesNotExist();
    }
  }

  /** The process. */
  static final class Computing {
    private Computing() {}

    public static void main(String[] arguments) throws Exception {
      boolean stops = arguments[0].equals("stops");
      try (Scratch scratch = Scratch.temporary()) {
        System.out.println(scratch.folder());
        while (!Thread.interrupted()) {
          Thread.onSpinWait();
        }
        if (!stops) {
          System.out.println("is interrupted");
          while (true) {
            Thread.onSpinWait();
          }
        }
        System.out.println("has ended itself");
      }
    }
  }
}
