package io.latentsync.job.profile;

import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/**
 * A recording of this process by Java Flight Recorder, with the JVM's template {@code profile} and
 * the spans of the run. On a cluster it covers the driver; {@code spark.executor.extraJavaOptions}
 * can start recordings on executors.
 */
public final class FlightRecording implements AutoCloseable {
  private static final String TEMPLATE = "profile";

  private final Recording recording;

  private FlightRecording(Recording recording) {
    this.recording = recording;
  }

  /**
   * Starts a recording.
   *
   * @throws IOException if this JVM does not have the template
   */
  public static FlightRecording begin() throws IOException {
    Recording recording;
    try {
      recording = new Recording(Configuration.getConfiguration(TEMPLATE));
    } catch (ParseException e) {
      throw new IOException(
          "the template " + TEMPLATE + " of this JVM's Flight Recorder is invalid", e);
    }
    recording.setName("LatentSync");
    recording.start();
    return new FlightRecording(recording);
  }

  /** Stops the recording and writes it atomically to a location. */
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
