package io.latentsync.train;

import io.latentsync.job.failure.InvalidInputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Lets only one process at a time train a stage in a folder. */
record TrainingLock(FileChannel file) implements AutoCloseable {

  /**
   * Takes the lock of a stage. It ends at the latest with the process.
   *
   * @param training folder of states and logs; created if it does not exist
   * @throws InvalidInputException if another process has it
   */
  static TrainingLock take(Path training, String stage) throws IOException {
    Files.createDirectories(training);
    FileChannel file =
        FileChannel.open(
            training.resolve(stage + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = file.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      throw new InvalidInputException(busy(training, stage), e);
    } finally {
      if (!taken) {
        file.close();
      }
    }
    if (!taken) {
      throw new InvalidInputException(busy(training, stage));
    }
    return new TrainingLock(file);
  }

  private static String busy(Path training, String stage) {
    return "--out: another process trains the stage %s in %s; wait for it, or name another folder"
        .formatted(stage, training);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
