package io.latentsync.job.profile;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/**
 * A recording of Java Flight Recorder of this process: with the JVM's own template {@code profile},
 * and with the spans of the run. On a cluster that is the driver's; executors have their own if
 * {@code spark.executor.extraJavaOptions} starts them with one.
 */
public final class FlightRecording implements AutoCloseable {
  private static final String TEMPLATE = "profile";

  private final Recording recording;

  private FlightRecording(Recording recording) {
    this.recording = recording;
  }

  /**
   * Begins one.
   *
   * @throws IOException if this Java does not have the template
   */
  public static FlightRecording begin() throws IOException {
    Recording recording;
    try {
      recording = new Recording(Configuration.getConfiguration(TEMPLATE));
    } catch (ParseException e) {
      throw new IOException(
          "this Java's template " + TEMPLATE + " of Flight Recorder is broken", e);
    }
    recording.setName("LatentSync");
    recording.start();
    return new FlightRecording(recording);
  }

  /** Ends it and puts it somewhere, whole or not at all. */
  public void commit(Location file, org.apache.hadoop.conf.Configuration configuration)
      throws IOException {
    recording.stop();
    try (Scratch scratch = Scratch.temporary()) {
      recording.dump(scratch.folder().resolve("recording.jfr"));
      file.commit(configuration, scratch.folder().resolve("recording.jfr"));
    }
  }

  @Override
  public void close() {
    recording.close();
  }
}
