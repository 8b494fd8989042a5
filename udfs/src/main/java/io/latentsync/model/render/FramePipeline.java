package io.latentsync.model.render;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import org.slf4j.MDC;

/**
 * A pipeline of decoding, dubbing and encoding: while the calling thread dubs one item, one helper
 * thread decodes the next and another encodes the one before. Each stage processes the items one at
 * a time and in order, so the result equals that of a single thread.
 *
 * <p>A faster stage waits for the others: at most {@link #MOST_ITEMS} items exist at the same time.
 */
public final class FramePipeline {
  /** Maximum number of items at the same time: one per thread. */
  public static final int MOST_ITEMS = 3;

  /**
   * The stages of an item. A stage may read the results of the one before: only one thread has the
   * item at a time, except for {@link #readAudio}.
   *
   * @param <T> kind of item
   */
  interface Stages<T> {
    /** Runs in the first helper thread. */
    void decode(T item) throws IOException, InterruptedException;

    /** Runs in the calling thread while the item is decoded; must not use its pictures. */
    void readAudio(T item) throws IOException, InterruptedException;

    /** Runs in the calling thread. */
    void dub(T item) throws IOException, InterruptedException;

    /** Runs in the second helper thread. */
    void encode(T item) throws IOException, InterruptedException;

    /** Runs in the calling thread when an item is finished, before it is closed. */
    void finished(T item) throws IOException, InterruptedException;
  }

  private FramePipeline() {}

  /**
   * Processes all items. When it returns or throws, all helper threads have ended and all items are
   * closed, in the calling thread. If decoding or dubbing an item fails, the item before it is
   * still finished.
   *
   * @param items source of items; called when the pipeline has room
   * @throws IOException the exception of a stage, unchanged. Unchecked exceptions and errors of
   *     stages are also thrown unchanged. If several stages fail, the other exceptions are
   *     suppressed.
   * @throws InterruptedException if the calling thread was interrupted
   */
  static <T extends Closeable> void run(Iterator<T> items, Stages<T> stages)
      throws IOException, InterruptedException {
    try (Helper<T> decoder = new Helper<>("decoder", stages::decode);
        Helper<T> encoder = new Helper<>("encoder", stages::encode)) {
      try {
        run(items, stages, decoder, encoder);
      } catch (IOException | RuntimeException | Error e) {
        finishEarlier(encoder, stages, e);
        throw e;
      }
    }
  }

  private static <T extends Closeable> void run(
      Iterator<T> items, Stages<T> stages, Helper<T> decoder, Helper<T> encoder)
      throws IOException, InterruptedException {
    if (items.hasNext()) {
      decoder.begin(items.next());
    }
    while (decoder.hasItem()) {
      stopIfInterrupted();
      stages.readAudio(decoder.item());
      T item = decoder.await();
      boolean passedOn = false;
      try {
        if (items.hasNext()) {
          decoder.begin(items.next());
        }
        stages.dub(item);
        finishItem(encoder, stages);
        encoder.begin(item);
        passedOn = true;
      } finally {
        if (!passedOn) {
          item.close();
        }
      }
    }
    finishItem(encoder, stages);
  }

  /** Finishes the item before the one that failed: it may complete a segment. */
  private static <T extends Closeable> void finishEarlier(
      Helper<T> encoder, Stages<T> stages, Throwable failure) throws InterruptedException {
    if (encoder.isBusy()) {
      try {
        finishItem(encoder, stages);
      } catch (IOException | RuntimeException | Error e) {
        failure.addSuppressed(e);
      } catch (InterruptedException e) {
        e.addSuppressed(failure);
        throw e;
      }
    }
  }

  private static <T extends Closeable> void finishItem(Helper<T> encoder, Stages<T> stages)
      throws IOException, InterruptedException {
    if (encoder.hasItem()) {
      try (T item = encoder.await()) {
        stages.finished(item);
      }
    }
  }

  /** Throws if this thread is interrupted. Stages call this between steps of their work. */
  static void stopIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** The work of one stage. */
  @FunctionalInterface
  private interface Work<T> {
    void on(T item) throws IOException, InterruptedException;
  }

  /** The thread of one stage, with its current item. */
  private static final class Helper<T extends Closeable> implements Closeable {
    private final ExecutorService thread;
    private final Work<T> work;
    private T item;
    private Future<?> pending;

    Helper(String name, Work<T> work) {
      this.thread = Executors.newSingleThreadExecutor(threads(name));
      this.work = work;
    }

    private static ThreadFactory threads(String name) {
      String owner = Thread.currentThread().getName();
      Map<String, String> logContext = MDC.getCopyOfContextMap();
      return run -> {
        Runnable inContext =
            () -> {
              if (logContext != null) {
                MDC.setContextMap(logContext);
              }
              run.run();
            };
        Thread thread = new Thread(inContext, name + " of " + owner);
        thread.setDaemon(true);
        return thread;
      };
    }

    boolean hasItem() {
      return item != null;
    }

    /** Whether it has an item whose exception {@link #await} has not thrown. */
    boolean isBusy() {
      return pending != null;
    }

    T item() {
      return item;
    }

    /** Takes ownership of an item until {@link #await} returns it. */
    void begin(T next) {
      item = next;
      pending =
          thread.submit(
              () -> {
                work.on(next);
                return null;
              });
    }

    /** Waits for the item and returns it. */
    T await() throws IOException, InterruptedException {
      Future<?> awaited = pending;
      try {
        awaited.get();
      } catch (ExecutionException e) {
        pending = null; // Its exception is thrown here, so close() must not throw it again.
        throw unwrapped(e);
      }
      T done = item;
      item = null;
      pending = null;
      return done;
    }

    private static IOException unwrapped(ExecutionException e)
        throws IOException, InterruptedException {
      Throwables.throwIfInstanceOf(e.getCause(), IOException.class);
      Throwables.throwIfInstanceOf(e.getCause(), InterruptedException.class);
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    }

    /** Ends the thread and waits for it, because its resources are closed next. */
    @Override
    public void close() throws IOException {
      thread.shutdownNow();
      Uninterruptibles.awaitTerminationUninterruptibly(thread);
      if (item == null) {
        return;
      }
      try (T left = item) {
        if (pending != null && pending.isDone()) {
          await();
        }
      } catch (InterruptedException e) {
        // Interrupted by shutdownNow() above.
      }
    }
  }
}
