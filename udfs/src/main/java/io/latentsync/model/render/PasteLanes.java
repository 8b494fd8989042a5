package io.latentsync.model.render;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Pastes the faces of a batch, frame by frame, and passes each frame on as soon as it and all
 * earlier ones are pasted. Each lane is a thread that pastes one frame at a time, while the calling
 * thread passes on the frames before. A frame's pixels do not depend on the number of lanes.
 */
final class PasteLanes implements AutoCloseable {
  private final List<FacePasteStage> stages;
  private final BlockingQueue<FacePasteStage> idle;
  private final ExecutorService threads;

  /** Receives pasted frames, in order. */
  @FunctionalInterface
  interface Consumer {
    void accept(int frame) throws IOException, InterruptedException;
  }

  /**
   * Lanes for consecutive batches.
   *
   * @param count number of lanes, at least 1
   * @param stage creates the stage of a lane
   */
  PasteLanes(int count, Supplier<FacePasteStage> stage) {
    stages = Stream.generate(stage).limit(count).toList();
    idle = new LinkedBlockingQueue<>(stages);
    threads =
        Executors.newFixedThreadPool(
            count,
            run -> {
              Thread thread = new Thread(run, "paste");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Whether this build can measure mouth openings. If not, all openings are NaN. */
  boolean measuresMouths() {
    return stages.get(0).measuresMouths();
  }

  /**
   * Pastes the faces of a batch. When it returns or throws, no lane works on the batch.
   *
   * @param pasted called in this thread
   * @throws InterruptedException if this thread was interrupted
   */
  void paste(Trace trace, ChunkBatch batch, Consumer pasted)
      throws IOException, InterruptedException {
    Deque<Future<?>> begun = new ArrayDeque<>();
    try {
      int next = 0;
      for (int frame = 0; frame < batch.size(); frame++) {
        FramePipeline.stopIfInterrupted();
        // Lanes paste the next frames while this one is passed on.
        for (; next < batch.size() && next <= frame + stages.size(); next++) {
          int pasting = next;
          begun.add(threads.submit(() -> pasteInLane(batch, pasting)));
        }
        try (Trace.Running time = trace.begin("paste")) {
          await(begun.peek());
        }
        begun.remove();
        pasted.accept(frame);
      }
    } finally {
      begun.forEach(PasteLanes::awaitQuietly);
    }
  }

  private void pasteInLane(ChunkBatch batch, int frame) {
    FacePasteStage stage = Uninterruptibles.takeUninterruptibly(idle);
    try {
      stage.paste(batch, frame);
    } finally {
      idle.add(stage);
    }
  }

  private static void await(Future<?> pasting) throws InterruptedException {
    try {
      pasting.get();
    } catch (ExecutionException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Waits for a frame that is not needed any more; the first exception is on its way already. */
  private static void awaitQuietly(Future<?> pasting) {
    try {
      Uninterruptibles.getUninterruptibly(pasting);
    } catch (ExecutionException e) {
      // The batch has failed before.
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    Uninterruptibles.awaitTerminationUninterruptibly(threads);
    stages.forEach(FacePasteStage::close);
  }
}
