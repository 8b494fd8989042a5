package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.OtherProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** Ends a process with SIGTERM while its threads create files. */
final class ProbeFileTest {
  private static final int THREADS = 4;

  @TempDir Path folder;

  @RepeatedTest(3)
  void noFileRemainsAfterASignal() throws Exception {
    try (OtherProcess process = OtherProcess.start(List.of(), Probes.class, folder.toString())) {
      assertThat(process.readLine()).isEqualTo("ready");
      process.signal("TERM");
      assertThat(process.output().lines()).isEmpty();
    }
    assertThat(folder).isEmptyDirectory();
  }

  /** The process. */
  static final class Probes {
    private Probes() {}

    public static void main(String[] arguments) throws Exception {
      Location folder = new Location(arguments[0]);
      ProbeFile.in(folder, 0, new Configuration()).close(); // Loads the classes.
      for (int i = 0; i < THREADS; i++) {
        new Thread(() -> probe(folder)).start();
      }
      System.out.println("ready");
      Thread.currentThread().join(); // The signal ends the process.
    }

    private static void probe(Location folder) {
      while (true) {
        try {
          ProbeFile.in(folder, 0, new Configuration()).close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
