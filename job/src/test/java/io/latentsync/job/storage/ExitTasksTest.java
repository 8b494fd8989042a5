package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.OtherProcess;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;
import org.junit.jupiter.api.Test;

/** Runs exit tasks in a process that receives SIGTERM. */
final class ExitTasksTest {
  private static final String ENDED = "ended: ";

  /** Exit code of a JVM that SIGTERM ended: 128 + 15. */
  private static final int TERMINATED = 143;

  @Test
  void tasksRunInOrderAfterSparkAndBeforeTheFileSystemsEvenIfOneFails() throws Exception {
    OtherProcess.Output printed = OtherProcess.run(List.of(), Map.of(), Terminated.class);
    assertThat(printed.lines().stream().filter(line -> line.startsWith(ENDED)))
        .containsExactly(
            ENDED + "Spark", ENDED + "FIRST", ENDED + "SECOND", ENDED + "Hadoop's file systems");
    assertThat(printed.code()).isEqualTo(TERMINATED);
  }

  /** The process. */
  static final class Terminated {
    /** The priority of Spark's hook, from org.apache.spark.util.ShutdownHookManager. */
    private static final int SPARK = 40;

    private Terminated() {}

    public static void main(String[] arguments) throws Exception {
      ShutdownHookManager hooks = ShutdownHookManager.get();
      hooks.addShutdownHook(
          () -> print("Hadoop's file systems"), FileSystem.SHUTDOWN_HOOK_PRIORITY);
      hooks.addShutdownHook(() -> print("Spark"), SPARK);
      ExitTasks.add(ExitTasks.Order.SECOND, () -> print("SECOND"));
      ExitTasks.add(
          ExitTasks.Order.FIRST,
          () -> {
            print("FIRST");
            throw new IOException("a disk that has gone");
          });
      ExitTasks.add(ExitTasks.Order.FIRST, () -> print("taken back")).run();
      String self = String.valueOf(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-TERM", self).inheritIO().start().waitFor();
      Thread.currentThread().join(); // The hooks end the process.
    }

    private static void print(String what) {
      // Starts with a line break, because a line of the log may be incomplete.
      System.out.println(System.lineSeparator() + ENDED + what);
    }
  }
}
