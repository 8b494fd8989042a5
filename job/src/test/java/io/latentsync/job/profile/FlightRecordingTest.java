package io.latentsync.job.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlightRecordingTest {
  private static final String MARK = "io.latentsync.test.Mark";

  @TempDir Path folder;

  @Name(MARK)
  private static final class Mark extends Event {
    @SuppressWarnings("unused") // A field of the recorded event.
    private final String text;

    Mark(String text) {
      this.text = text;
    }
  }

  @Test
  void theFileContainsTheEventsUntilTheCommitAndThoseOfTheJvm() throws IOException {
    Path file = folder.resolve("recording.jfr");
    new Mark("before").commit();
    try (FlightRecording recording = FlightRecording.begin()) {
      new Mark("within").commit();
      recording.commit(new Location(file.toString()), new Configuration());
      new Mark("after").commit();
    }

    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals(MARK))
        .extracting(event -> event.getString("text"))
        .containsExactly("within");
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("jdk.JVMInformation"))
        .singleElement()
        .satisfies(jvm -> assertThat(jvm.getLong("pid")).isEqualTo(ProcessHandle.current().pid()));
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
  }

  @Test
  void closingWithoutACommitStopsTheRecording() throws IOException {
    try (FlightRecording recording = FlightRecording.begin()) {
      assertThat(running()).isOne();
    }
    assertThat(running()).isZero();
  }

  private static long running() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream()
        .filter(recording -> recording.getState() == RecordingState.RUNNING)
        .count();
  }
}
