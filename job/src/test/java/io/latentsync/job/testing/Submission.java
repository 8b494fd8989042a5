package io.latentsync.job.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A run that was submitted to a cluster.
 *
 * @param process the submitting process; in client mode it is the driver
 * @param log its output
 */
public record Submission(Process process, Path log) {
  /** Waits for its end; returns the exit code. */
  public int exitCode() throws InterruptedException {
    assertThat(process.waitFor(StandaloneCluster.TIMEOUT.toSeconds(), TimeUnit.SECONDS))
        .as("the run has ended")
        .isTrue();
    return process.exitValue();
  }

  /** The output so far. */
  public String output() throws IOException {
    return Files.readString(log);
  }
}
