package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {
  @TempDir Path folder;
  private LockFile locks;

  @BeforeEach
  void open() throws IOException {
    locks = LockFile.of(folder.resolve("locks"));
  }

  @Test
  void locksOfOneByteExcludeEachOtherAndThoseOfOthersDoNot() throws IOException {
    try (FileLock first = locks.lock(1L << 61, false)) {
      assertThat(first.isValid()).isTrue();
      assertThat(locks.tryLock(1L << 61, false)).isEmpty();
      locks.lock((1L << 61) + 1, false).release();
    }
    assertThat(locks.tryLock(1L << 61, false)).isPresent();
  }

  @Test
  void interruptOfAWaitingThreadReleasesNoLocks() throws Exception {
    try (FileLock held = locks.lock(7, false)) {
      FutureTask<FileLock> waiting = new FutureTask<>(() -> locks.lock(7, false));
      Thread thread = new Thread(waiting);
      thread.start();
      await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
      thread.interrupt();
      assertThatThrownBy(waiting::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InterruptedIOException.class);
      assertThat(held.isValid()).isTrue();
      assertThat(locks.tryLock(7, false)).isEmpty();
    }
  }
}
