package io.latentsync.job;

import java.io.IOException;
import java.io.Serializable;
import java.util.UUID;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * The folder that keeps the parts of one request until they are put together. Its name carries the
 * fingerprint of everything that determines the parts, so that the same command run again finds
 * them, and no other run does.
 *
 * @param folder on a file system that all executors see
 */
record Staging(Location folder) implements Serializable {
  /** Raised whenever the same inputs and options give other pictures or metrics than before. */
  private static final int VERSION = 4;

  private static final int FINGERPRINT_DIGITS = 16;
  private static final String PREFIX = ".latentsync-";
  private static final String SEGMENT = "segment-";

  /**
   * The staging of a request.
   *
   * @param root the folder to make it in
   * @throws IOException if an input is not there
   */
  static Staging of(DubRequest request, Location root, Configuration configuration)
      throws IOException {
    StringBuilder determinants =
        new StringBuilder()
            .append(VERSION)
            .append('\n')
            .append(request.models())
            .append('\n')
            .append(request.faces())
            .append('\n')
            .append(request.rendering())
            .append('\n')
            .append(request.segmentFrames())
            .append('\n')
            .append(request.output()) // two requests that are alike must not share the folder
            .append('\n')
            .append(request.video().state(configuration))
            .append('\n')
            .append(request.audio().state(configuration));
    if (!request.faces().models().isEmpty()) {
      determinants.append('\n').append(new Location(request.faces().models()).state(configuration));
    }
    for (String file : request.models().files()) {
      determinants
          .append('\n')
          .append(
              Demonstration.has(file)
                  ? Demonstration.state(file)
                  : new Location(file).state(configuration));
    }
    String fingerprint =
        DigestUtils.sha256Hex(determinants.toString()).substring(0, FINGERPRINT_DIGITS);
    return new Staging(root.child(PREFIX + fingerprint));
  }

  /** What tells this request's parts and output from all others: inputs, options, model. */
  String fingerprint() {
    return folder.fileName().substring(PREFIX.length(), PREFIX.length() + FINGERPRINT_DIGITS);
  }

  /** The speech as raw 16-bit samples, mono, 16 kHz. */
  Location speech() {
    return folder.child("speech.pcm");
  }

  /** A rendered segment. */
  Location video(FrameRange segment) {
    return folder.child("%s%08d.mp4".formatted(SEGMENT, segment.first()));
  }

  /** What rendering it took; written after the video, so that it stands for a finished segment. */
  Location metrics(FrameRange segment) {
    return folder.child("%s%08d.avro".formatted(SEGMENT, segment.first()));
  }

  /** Removes the folder with all parts. */
  void delete(Configuration configuration) throws IOException {
    folder.delete(configuration);
  }

  /** Removes all but finished segments, and the folder if there are none. */
  void deleteUnfinished(Configuration configuration) throws IOException {
    if (!folder.exists(configuration)) {
      return;
    }
    FileSystem fileSystem = folder.fileSystem(configuration);
    boolean finished = false;
    for (FileStatus file : fileSystem.listStatus(folder.hadoopPath())) {
      if (file.getPath().getName().startsWith(SEGMENT)) {
        finished = true;
      } else {
        fileSystem.delete(file.getPath(), true);
      }
    }
    if (!finished) {
      delete(configuration);
    }
  }

  /** The folder by which runs on several machines tell who works here. */
  Location lease() {
    return new Location(folder + ".lease");
  }

  /** Another folder beside this one, for a run that must not meet the one that works here. */
  Staging apart() {
    return new Staging(new Location(folder + "-" + UUID.randomUUID()));
  }
}
