package io.latentsync.model.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

@Timeout(60)
final class FramePipelineTest {
  private static final int ITEMS = 7;

  private final AtomicInteger alive = new AtomicInteger();
  private final AtomicInteger mostAlive = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final Queue<String> log = new ConcurrentLinkedQueue<>();

  /** An item that must be closed once, by the thread that created it. */
  private final class Item implements Closeable {
    final int number;
    private final Thread owner = Thread.currentThread();
    private boolean closed;

    Item(int number) {
      this.number = number;
      mostAlive.accumulateAndGet(alive.incrementAndGet(), Math::max);
    }

    @Override
    public void close() {
      assertThat(closed).as("closed before").isFalse();
      assertThat(Thread.currentThread()).isSameAs(owner);
      closed = true;
      alive.decrementAndGet();
    }
  }

  /** Stages that only record their items. */
  private class Stages implements FramePipeline.Stages<Item> {
    void at(String stage, Item item) throws IOException, InterruptedException {
      threads.add(Thread.currentThread());
      log.add(stage + " " + item.number);
    }

    @Override
    public void decode(Item item) throws IOException, InterruptedException {
      at("decode", item);
    }

    @Override
    public void readAudio(Item item) throws IOException {
      assertThat(item.closed).isFalse();
    }

    @Override
    public void dub(Item item) throws IOException {
      try {
        at("dub", item);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void encode(Item item) throws IOException, InterruptedException {
      at("encode", item);
    }

    @Override
    public void finished(Item item) {
      log.add("finished " + item.number);
    }
  }

  private Iterator<Item> items() {
    return IntStream.range(0, ITEMS).mapToObj(Item::new).iterator();
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    assertThat(alive).as("items not closed").hasValue(0);
    threads.remove(Thread.currentThread());
    for (Thread thread : threads) {
      thread.join(30_000);
      assertThat(thread.isAlive()).as(thread.getName()).isFalse();
    }
  }

  @Test
  void eachStageProcessesTheItemsInOrder() throws Exception {
    FramePipeline.run(items(), new Stages());
    for (String stage : List.of("decode", "dub", "encode", "finished")) {
      assertThat(log.stream().filter(line -> line.startsWith(stage)))
          .containsExactlyElementsOf(
              IntStream.range(0, ITEMS).mapToObj(i -> stage + " " + i).toList());
    }
    assertThat(threads).hasSize(3);
  }

  @Test
  void aPipelineWithoutItemsEnds() throws Exception {
    FramePipeline.run(List.<Item>of().iterator(), new Stages());
    assertThat(log).isEmpty();
  }

  @Test
  void threeStagesOverlapWithAtMostThreeItems() throws Exception {
    // While item n is dubbed, n − 1 is encoded and n + 1 decoded: each waits for the others.
    CyclicBarrier together = new CyclicBarrier(3);
    FramePipeline.run(
        items(),
        new Stages() {
          @Override
          void at(String stage, Item item) throws IOException, InterruptedException {
            super.at(stage, item);
            int dubbed =
                item.number
                    + switch (stage) {
                      case "decode" -> -1;
                      case "encode" -> 1;
                      default -> 0;
                    };
            if (dubbed > 0 && dubbed < ITEMS - 1) {
              await(together);
            }
          }
        });
    assertThat(mostAlive).hasValue(3);
  }

  private static void await(CyclicBarrier barrier) throws InterruptedException {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (BrokenBarrierException | TimeoutException e) {
      throw new AssertionError("the stages do not work at the same time", e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dub", "encode"})
  void fasterStagesWaitForASlowOne(String slow) throws Exception {
    Map<String, CountDownLatch> reached = new ConcurrentHashMap<>();
    FramePipeline.run(
        items(),
        new Stages() {
          @Override
          void at(String stage, Item item) throws IOException, InterruptedException {
            super.at(stage, item);
            latch(stage, item.number).countDown();
            if (stage.equals(slow)) {
              // The progress of the other stages without it.
              int ahead = slow.equals("dub") ? 1 : 2;
              int furthest = Math.min(item.number + ahead, ITEMS - 1);
              assertThat(latch("decode", furthest).await(30, TimeUnit.SECONDS)).isTrue();
              assertThat(alive).hasValueLessThanOrEqualTo(3);
            }
          }

          private CountDownLatch latch(String stage, int item) {
            return reached.computeIfAbsent(stage + item, key -> new CountDownLatch(1));
          }
        });
    assertThat(mostAlive).hasValue(3);
  }

  private int finished() {
    return (int) log.stream().filter(line -> line.startsWith("finished")).count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"decode", "dub", "encode"})
  void theExceptionOfAStageIsUnchanged(String failing) {
    for (Throwable error :
        List.of(
            new IOException("no space left"),
            new IllegalStateException("a bug"),
            new OutOfMemoryError("a test's"))) {
      Throwable thrown =
          catchThrowable(
              () -> FramePipeline.run(items(), new StagesThatFail(Map.of(failing, error))));
      assertThat(thrown).isSameAs(error).hasNoSuppressedExceptions();
      assertThat(log).contains("finished 2").doesNotContain("finished 3");
      log.clear();
    }
  }

  /** Stages that throw at the fourth item, in the named stages. */
  private final class StagesThatFail extends Stages {
    private final Map<String, Throwable> errors;

    StagesThatFail(Map<String, Throwable> errors) {
      this.errors = errors;
    }

    @Override
    void at(String stage, Item item) throws IOException, InterruptedException {
      super.at(stage, item);
      if (item.number == 3 && errors.containsKey(stage)) {
        Throwable error = errors.get(stage);
        if (error instanceof IOException checked) {
          throw checked;
        } else if (error instanceof RuntimeException unchecked) {
          throw unchecked;
        }
        throw (Error) error;
      }
    }
  }

  @Test
  void anItemWhoseEncodingFailedTooIsNotFinished() {
    IOException full = new IOException("no space left");
    IllegalStateException ofDub = new IllegalStateException("a bug");
    CountDownLatch encoderFailed = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                FramePipeline.run(
                    items(),
                    new Stages() {
                      @Override
                      void at(String stage, Item item) throws IOException, InterruptedException {
                        super.at(stage, item);
                        if (stage.equals("encode")) {
                          encoderFailed.countDown();
                          throw full;
                        }
                        if (stage.equals("dub") && item.number == 1) {
                          assertThat(encoderFailed.await(30, TimeUnit.SECONDS)).isTrue();
                          throw ofDub;
                        }
                      }
                    }));
    assertThat(thrown).isSameAs(ofDub);
    assertThat(thrown.getSuppressed()).containsExactly(full);
    assertThat(finished()).isZero();
  }

  @Test
  void anInterruptionAfterAFailureKeepsTheFailure() {
    IllegalStateException ofDub = new IllegalStateException("a bug");
    Thread task = Thread.currentThread();
    CountDownLatch dubFails = new CountDownLatch(1);
    Queue<String> stopped = new ConcurrentLinkedQueue<>();
    Throwable thrown =
        catchThrowable(
            () ->
                FramePipeline.run(
                    items(),
                    new Stages() {
                      @Override
                      void at(String stage, Item item) throws IOException, InterruptedException {
                        super.at(stage, item);
                        if (stage.equals("encode")) {
                          assertThat(dubFails.await(30, TimeUnit.SECONDS)).isTrue();
                          task.interrupt();
                          workUntilInterrupted(stage, stopped);
                        } else if (stage.equals("dub") && item.number == 1) {
                          dubFails.countDown();
                          throw ofDub;
                        }
                      }
                    }));
    assertThat(thrown).isInstanceOf(InterruptedException.class).hasSuppressedException(ofDub);
    assertThat(stopped).containsExactly("encode");
  }

  @Test
  void aSecondFailureIsASuppressedException() {
    IOException ofDecoder = new IOException("damaged");
    IllegalStateException ofDub = new IllegalStateException("a bug");
    CountDownLatch decoderFailed = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                FramePipeline.run(
                    items(),
                    new Stages() {
                      @Override
                      void at(String stage, Item item) throws IOException, InterruptedException {
                        super.at(stage, item);
                        if (stage.equals("decode") && item.number == 1) {
                          decoderFailed.countDown();
                          throw ofDecoder;
                        }
                        if (stage.equals("dub")) {
                          assertThat(decoderFailed.await(30, TimeUnit.SECONDS)).isTrue();
                          throw ofDub;
                        }
                      }
                    }));
    assertThat(thrown).isSameAs(ofDub).hasSuppressedException(ofDecoder);
  }

  @Test
  void anInterruptionStopsAllStages() throws Exception {
    CountDownLatch busy = new CountDownLatch(2);
    Queue<String> stopped = new ConcurrentLinkedQueue<>();
    Queue<Throwable> outcome = new ConcurrentLinkedQueue<>();
    Thread task =
        new Thread(
            () ->
                outcome.add(
                    catchThrowable(
                        () ->
                            FramePipeline.run(
                                items(),
                                new Stages() {
                                  @Override
                                  void at(String stage, Item item)
                                      throws IOException, InterruptedException {
                                    super.at(stage, item);
                                    boolean encoding = stage.equals("encode");
                                    if (encoding || (item.number == 2 && stage.equals("decode"))) {
                                      busy.countDown();
                                      workUntilInterrupted(stage, stopped);
                                    }
                                  }
                                }))));
    task.start();
    assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
    task.interrupt();
    task.join(30_000);
    threads.add(task);
    assertThat(outcome).hasSize(1).first().isInstanceOf(InterruptedException.class);
    assertThat(stopped).containsExactlyInAnyOrder("decode", "encode");
    assertThat(finished()).isZero();
  }

  /**
   * Computes without blocking, and checks for an interrupt between steps, as FFmpeg's callers do.
   */
  private static void workUntilInterrupted(String stage, Queue<String> stopped)
      throws InterruptedException {
    try {
      while (true) {
        FramePipeline.stopIfInterrupted();
        Thread.onSpinWait();
      }
    } finally {
      stopped.add(stage);
    }
  }

  @Test
  void aTaskThatIsInterruptedWhileItComputesStopsAtTheNextItem() {
    assertThatThrownBy(
            () ->
                FramePipeline.run(
                    items(),
                    new Stages() {
                      @Override
                      public void dub(Item item) throws IOException {
                        super.dub(item);
                        Thread.currentThread().interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(log).contains("dub 0").doesNotContain("dub 1");
  }

  @Test
  void helpersLogInTheContextOfTheTask() throws Exception {
    List<String> contexts = new ArrayList<>();
    try (MDC.MDCCloseable context = MDC.putCloseable("mdc.segment", "frames 96+96")) {
      FramePipeline.run(
          items(),
          new Stages() {
            @Override
            void at(String stage, Item item) throws IOException, InterruptedException {
              super.at(stage, item);
              synchronized (contexts) {
                contexts.add(MDC.get("mdc.segment"));
              }
            }
          });
    }
    assertThat(contexts).hasSize(3 * ITEMS).containsOnly("frames 96+96");
  }
}
