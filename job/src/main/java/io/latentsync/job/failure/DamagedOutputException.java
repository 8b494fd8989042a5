package io.latentsync.job.failure;

import java.io.IOException;

/** A written output is not what it should be; it was removed. The cause is the machine. */
public final class DamagedOutputException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * An error in one line.
   *
   * @param output the name of the output
   * @param fault what is wrong with it
   */
  public DamagedOutputException(Object output, String fault) {
    super(
        "%s: the written video is damaged and was removed: %s; check disk and memory, and run the same command again"
            .formatted(output, fault));
  }
}
