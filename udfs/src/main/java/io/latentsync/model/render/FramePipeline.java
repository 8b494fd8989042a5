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
 * Decoding, dubbing and encoding at the same time: while the calling thread dubs one item, a helper
 * thread decodes the next and another encodes the one before. Each stage takes the items one at a
 * time and in order, so what comes out is what one thread alone would make.
 *
 * <p>A stage that is quicker waits for the others: no more than {@link #MOST_ITEMS} items are there
 * at once.
 */
public final class FramePipeline {
  /** How many items there are at once: one with each thread. */
  public static final int MOST_ITEMS = 3;

  /**
   * The work on an item. What one stage leaves in it the next may read: there is no time at which
   * two threads have it, but for {@link #readAudio}.
   *
   * @param <T> kind of item
   */
  interface Stages<T> {
    /** In the first helper thread. */
    void decode(T item) throws IOException, InterruptedException;

    /** In the calling thread, while the item is decoded: what does not need its pictures. */
    void readAudio(T item) throws IOException;

    /** In the calling thread. */
    void dub(T item) throws IOException;

    /** In the second helper thread. */
    void encode(T item) throws IOException, InterruptedException;

    /** In the calling thread, when all is done with an item and just before it is closed. */
    void finished(T item);
  }

  private FramePipeline() {}

  /**
   * Takes items through the stages. When it returns or throws, no helper thread is left and every
   * item is closed, in the calling thread.
   *
   * @param items asked for one when there is room for it
   * @throws IOException what a stage threw, as it threw it; the same holds for unchecked exceptions
   *     and errors. If more than one stage failed, the others' are suppressed ones.
   * @throws InterruptedException if the calling thread was interrupted
   */
  static <T extends Closeable> void run(Iterator<T> items, Stages<T> stages)
      throws IOException, InterruptedException {
    try (Helper<T> decoder = new Helper<>("decoder", stages::decode);
        Helper<T> encoder = new Helper<>("encoder", stages::encode)) {
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
          takeFrom(encoder, stages);
          encoder.begin(item);
          passedOn = true;
        } finally {
          if (!passedOn) {
            item.close();
          }
        }
      }
      takeFrom(encoder, stages);
    }
  }

  private static <T extends Closeable> void takeFrom(Helper<T> encoder, Stages<T> stages)
      throws IOException, InterruptedException {
    if (encoder.hasItem()) {
      try (T item = encoder.await()) {
        stages.finished(item);
      }
    }
  }

  /** To be called now and then by what takes long. */
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

  /** A thread for one stage, and the item that it has, if it has one. */
  private static final class Helper<T extends Closeable> implements Closeable {
    private final ExecutorService thread;
    private final Work<T> work;
    private T item;
    private Future<?> underWay;

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

    T item() {
      return item;
    }

    /** Takes over an item, to be closed unless {@link #await} gives it back. */
    void begin(T next) {
      item = next;
      underWay =
          thread.submit(
              () -> {
                work.on(next);
                return null;
              });
    }

    /** Gives the item back when the work on it is done. */
    T await() throws IOException, InterruptedException {
      Future<?> awaited = underWay;
      try {
        awaited.get();
      } catch (ExecutionException e) {
        underWay = null; // Told of here, and not once more by close().
        throw unwrapped(e);
      }
      T done = item;
      item = null;
      return done;
    }

    private static IOException unwrapped(ExecutionException e)
        throws IOException, InterruptedException {
      Throwables.throwIfInstanceOf(e.getCause(), IOException.class);
      Throwables.throwIfInstanceOf(e.getCause(), InterruptedException.class);
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    }

    /** Ends the thread. Waits until it has: what it works with will be closed next. */
    @Override
    public void close() throws IOException {
      thread.shutdownNow();
      Uninterruptibles.awaitTerminationUninterruptibly(thread);
      if (item == null) {
        return;
      }
      try (T left = item) {
        if (underWay != null && underWay.isDone()) {
          await();
        }
      } catch (InterruptedException e) {
        // It was: by this method.
      }
    }
  }
}
