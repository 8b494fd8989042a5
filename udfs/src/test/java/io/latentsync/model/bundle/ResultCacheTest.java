package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.latentsync.audio.HiddenStates;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.Resampling;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ResultCacheTest {
  private static final AffineMatrix MATRIX = new AffineMatrix(1, 0, 5, 0, 1, 7);

  private final AtomicInteger computed = new AtomicInteger();

  private static ResultCache.LatentKey key(String video, long frame, AffineMatrix matrix) {
    return key(video, FrameRatePolicy.REFERENCE, 8, frame, matrix);
  }

  private static ResultCache.LatentKey key(
      String video, FrameRatePolicy fps, int bits, long frame, AffineMatrix matrix) {
    return new ResultCache.LatentKey(
        video,
        fps,
        Deinterlacing.AUTO,
        bits,
        Resampling.REFERENCE,
        frame,
        matrix,
        Purpose.MASKED,
        1,
        1);
  }

  private boolean hit(ResultCache results, ResultCache.LatentKey key) {
    if (results.latents(key).isPresent()) {
      return true;
    }
    computed.incrementAndGet();
    results.keep(key, new float[1000]);
    return false;
  }

  @Test
  void bytesAreBoundedAndTheLeastRecentlyUsedAreEvictedFirst() {
    ResultCache results = new ResultCache(3 * 4000, 0);
    for (long frame : new long[] {0, 1, 2}) {
      assertThat(hit(results, key("a", frame, MATRIX))).isFalse();
    }
    assertThat(hit(results, key("a", 0, MATRIX))).isTrue();
    assertThat(hit(results, key("a", 3, MATRIX))).isFalse(); // evicts 1
    assertThat(hit(results, key("a", 0, MATRIX))).isTrue();
    assertThat(hit(results, key("a", 2, MATRIX))).isTrue();
    assertThat(hit(results, key("a", 1, MATRIX))).isFalse();
    assertThat(computed).hasValue(5);
  }

  @Test
  void valuesLargerThanTheBoundAreNotKept() {
    ResultCache results = new ResultCache(3999, 0);
    assertThat(hit(results, key("a", 0, MATRIX))).isFalse();
    assertThat(hit(results, key("a", 0, MATRIX))).isFalse();
  }

  @Test
  void videoFrameRateBitsAndMatrixArePartOfTheKey() {
    ResultCache results = new ResultCache(1 << 20, 0);
    assertThat(hit(results, key("a", 0, MATRIX))).isFalse();
    assertThat(hit(results, key("b", 0, MATRIX))).isFalse();
    assertThat(hit(results, key("a", FrameRatePolicy.SOURCE, 8, 0, MATRIX))).isFalse();
    assertThat(hit(results, key("a", FrameRatePolicy.REFERENCE, 10, 0, MATRIX))).isFalse();
    assertThat(hit(results, key("a", 0, new AffineMatrix(1, 0, 5.001f, 0, 1, 7)))).isFalse();
    assertThat(hit(results, key("a", 0, new AffineMatrix(1, 0, 5, 0, 1, 7)))).isTrue();
  }

  @Test
  void aWindowThatManyTasksRequestIsComputedOnce() throws Exception {
    ResultCache results = new ResultCache(0, 1 << 20);
    Callable<HiddenStates> task =
        () ->
            results
                .window(
                    new ResultCache.WindowKey("speech", 0, 1),
                    () -> {
                      computed.incrementAndGet();
                      return new HiddenStates(1, 2, new float[] {3, 4});
                    })
                .value();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<HiddenStates> seen = new ArrayList<>();
      for (Future<HiddenStates> result :
          threads.invokeAll(List.of(task, task, task, task, task, task, task, task))) {
        seen.add(result.get());
      }
      assertThat(seen).allSatisfy(states -> assertThat(states).isSameAs(seen.get(0)));
    } finally {
      threads.shutdown();
    }
    assertThat(computed).hasValue(1);
  }

  @Test
  void aTaskThatWaitsForAKilledOneComputesItself() throws Exception {
    ResultCache results = new ResultCache(0, 1 << 20);
    ResultCache.WindowKey key = new ResultCache.WindowKey("speech", 0, 1);
    CountDownLatch computing = new CountDownLatch(1);
    CountDownLatch killed = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<?> first =
          threads.submit(
              () ->
                  results.window(
                      key,
                      () -> {
                        computing.countDown();
                        Uninterruptibles.awaitUninterruptibly(killed);
                        throw new ClosedByInterruptException();
                      }));
      computing.await();
      AtomicReference<Thread> waiting = new AtomicReference<>();
      Future<ResultCache.Found<HiddenStates>> second =
          threads.submit(
              () -> {
                waiting.set(Thread.currentThread());
                return results.window(key, () -> new HiddenStates(1, 2, new float[] {3, 4}));
              });
      while (waiting.get() == null || waiting.get().getState() == Thread.State.RUNNABLE) {
        Thread.onSpinWait();
      }
      killed.countDown();
      assertThat(second.get().value().values()).containsExactly(3, 4);
      assertThatThrownBy(first::get).hasCauseInstanceOf(ClosedByInterruptException.class);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aFailedComputationIsRetried() throws IOException {
    ResultCache results = new ResultCache(1 << 20, 1 << 20);
    ResultCache.WindowKey key = new ResultCache.WindowKey("speech", 0, 1);
    assertThatThrownBy(
            () ->
                results.window(
                    key,
                    () -> {
                      throw new IOException("the track is gone");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("the track is gone");
    assertThat(results.window(key, () -> new HiddenStates(1, 1, new float[1])).hit()).isFalse();
  }
}
