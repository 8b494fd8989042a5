package io.latentsync.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceTest {
  @TempDir Path folder;

  @Test
  void aSpanHasItsLabelsAndTheCurrentTime() {
    List<Span> spans = new ArrayList<>();
    Instant before = Instant.now();
    Trace trace = Trace.to(spans::add, "driver", 7, "talk").segment(96).lane("inference");
    try (Trace.Running outer = trace.begin("segment");
        Trace.Running inner = trace.chunk(112).begin("step", 3)) {
      assertThat(spans).as("nothing has ended").isEmpty();
    }
    Instant after = Instant.now();

    Span inner = spans.get(0);
    Span outer = spans.get(1);
    assertThat(inner)
        .isEqualTo(
            new Span(
                "step", "inference", "driver", 7, "talk", 96, 112, 3, inner.start(), inner.end()));
    assertThat(outer.chunk()).isEqualTo(Span.NONE);
    assertThat(outer.step()).isEqualTo(Span.NONE);
    assertThat(inner.start()).isBetween(outer.start(), inner.end());
    assertThat(inner.end()).isBetween(inner.start(), outer.end());
    assertThat(instant(outer.start())).isAfter(before.minus(Duration.ofSeconds(1)));
    assertThat(instant(outer.end())).isBefore(after.plus(Duration.ofSeconds(1)));
  }

  @Test
  void aSpanEndsWhenItsWorkFails() {
    List<Span> spans = new ArrayList<>();
    try (Trace.Running time = Trace.to(spans::add, "driver", 7, "talk").begin("work")) {
      throw new IllegalArgumentException("failed");
    } catch (IllegalArgumentException e) {
      assertThat(spans).extracting(Span::name).containsExactly("work");
    }
  }

  @Test
  void aTraceThatIsOffRecordsNothing() {
    assertThat(Trace.OFF.isOn()).isFalse();
    assertThat(Trace.OFF.segment(96).chunk(96).lane("decode")).isSameAs(Trace.OFF);
    assertThat(Trace.OFF.begin("step", 1)).isSameAs(Trace.OFF.begin("segment"));
  }

  @Test
  void threadsRecordAtOnceIntoTheirLanes() throws Exception {
    Queue<Span> spans = new ConcurrentLinkedQueue<>();
    Trace trace = Trace.to(spans::add, "1", 7, "talk").segment(0);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> lanes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Trace own = trace.lane("lane " + i);
      lanes.add(
          threads.submit(
              () -> {
                for (int step = 0; step < 1000; step++) {
                  try (Trace.Running time = own.begin("step", step)) {
                    Thread.onSpinWait();
                  }
                }
              }));
    }
    for (Future<?> lane : lanes) {
      lane.get();
    }
    threads.shutdown();

    assertThat(spans).hasSize(4000);
    for (int i = 0; i < 4; i++) {
      String lane = "lane " + i;
      List<Span> own = spans.stream().filter(span -> span.lane().equals(lane)).toList();
      assertThat(own).hasSize(1000);
      for (int step = 1; step < 1000; step++) {
        assertThat(own.get(step).step()).isEqualTo(step);
        assertThat(own.get(step).start()).isGreaterThanOrEqualTo(own.get(step - 1).end());
      }
    }
  }

  @Test
  void spansTravelBetweenProcesses() throws Exception {
    Span span = new Span("step", "task", "1", 7, "talk", 96, 112, 3, 1000, 2000);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(span);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(span);
    }
  }

  @Test
  void spansAreInARecordingOfTheJvm() throws Exception {
    Path file = folder.resolve("recording.jfr");
    List<Span> spans = new ArrayList<>();
    try (Recording recording = new Recording()) {
      recording.start();
      Trace trace = Trace.to(spans::add, "driver", 7, "talk").segment(96).chunk(112);
      try (Trace.Running time = trace.begin("step", 3)) {
        Thread.onSpinWait();
      }
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals(SpanEvent.NAME))
            .toList();
    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("name")).isEqualTo("step");
    assertThat(events.get(0).getInt("chunk")).isEqualTo(112);
    assertThat(Duration.between(events.get(0).getStartTime(), instant(spans.get(0).start())).abs())
        .isLessThan(Duration.ofSeconds(1));
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(0, nanos);
  }
}
