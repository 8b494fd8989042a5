package io.latentsync.job.staging;

import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that keeps the parts of one request until they are put together. Its name carries the
 * fingerprint of everything that determines the parts, so that the same command run again finds
 * them, and no other run does.
 *
 * @param folder on a file system that all executors see
 */
public record Staging(Location folder) implements Serializable {
  private static final Logger log = LoggerFactory.getLogger(Staging.class);

  /** Raised whenever the same inputs and options give other pictures or metrics than before. */
  private static final int VERSION = 9;

  private static final int FINGERPRINT_DIGITS = 16;
  private static final String PREFIX = ".latentsync-";
  private static final String SEGMENT = "segment-";
  private static final String FACES = "faces-";

  /** The names of finished parts, which a later run goes on from. */
  private static final Pattern FINISHED =
      Pattern.compile(
          SEGMENT
              + "\\d{8,10}(-guidance-[0-9.E-]+)?(\\.mp4|(-syncnet-[0-9a-f]{16})?\\.avro)|"
              + FACES
              + "[0-9a-f]{64}\\.avro");

  /**
   * The staging of a request.
   *
   * @param root the folder to make it in
   * @throws IOException if an input is not there
   */
  public static Staging of(DubRequest request, Location root, Configuration configuration)
      throws IOException {
    StringBuilder determinants =
        new StringBuilder()
            .append(VERSION)
            .append('\n')
            .append(request.models())
            .append('\n')
            .append(request.faces())
            .append(' ')
            .append(MediaPipeFaceDetector.available()) // a build may be without
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
    if (request.faces().insightFace().isPresent()) {
      determinants.append('\n').append(request.faces().insightFace().get().state(configuration));
    }
    ModelFiles models = new ModelFiles(configuration);
    for (String file : request.models().files()) {
      determinants.append('\n').append(models.state(file));
    }
    String fingerprint =
        DigestUtils.sha256Hex(determinants.toString()).substring(0, FINGERPRINT_DIGITS);
    return new Staging(root.child(PREFIX + fingerprint));
  }

  /** Identifies this request's parts and output: inputs, options, model. */
  public String fingerprint() {
    return folder.fileName().substring(PREFIX.length(), PREFIX.length() + FINGERPRINT_DIGITS);
  }

  /** The speech as raw 16-bit samples, mono, 16 kHz. */
  public Location speech() {
    return folder.child("speech.pcm");
  }

  /** The speech as the output will have it: an MP4 with nothing else. */
  public Location sound() {
    return folder.child("sound.mp4");
  }

  /** A rendered segment. */
  public Location video(Attempt attempt) {
    return folder.child(name(attempt) + ".mp4");
  }

  /** What rendering it took; written after the video, so that it stands for a finished segment. */
  public Location metrics(Attempt attempt) {
    return folder.child(name(attempt) + ".avro");
  }

  /**
   * What SyncNet says of it.
   *
   * @param network the state of the network's file
   */
  public Location distances(Attempt attempt, String network) {
    return folder.child(
        "%s-syncnet-%s.avro"
            .formatted(
                name(attempt), DigestUtils.sha256Hex(network).substring(0, FINGERPRINT_DIGITS)));
  }

  /** The folder's name and this one together say all that determines the attempt. */
  private static String name(Attempt attempt) {
    return SEGMENT
        + "%08d".formatted(attempt.segment().first())
        + (attempt.again() ? "-guidance-" + attempt.guidance() : "");
  }

  /**
   * The faces of the source video.
   *
   * @param digest of the file's contents
   */
  Location faces(String digest) {
    return folder.child(FACES + digest + ".avro");
  }

  /** All files that are called as {@link #faces(String)} calls them. */
  List<Location> faces(Configuration configuration) throws IOException {
    List<Location> faces = new ArrayList<>();
    for (Location.Child part : folder.children(configuration)) {
      if (part.location().fileName().startsWith(FACES) && isFinished(part)) {
        faces.add(part.location());
      }
    }
    return faces;
  }

  private static boolean isFinished(Location.Child part) {
    return part.isFile() && FINISHED.matcher(part.location().fileName()).matches();
  }

  /** Removes the folder with all parts. */
  public void delete(Configuration configuration) throws IOException {
    folder.delete(configuration);
  }

  /** Removes all but the faces and finished segments, and the folder if there are none. */
  void deleteUnfinished(Configuration configuration) throws IOException {
    boolean finished = false;
    for (Location.Child part : folder.children(configuration)) {
      if (isFinished(part)) {
        finished = true;
      } else {
        part.location().delete(configuration);
      }
    }
    if (!finished) {
      delete(configuration);
    }
  }

  /**
   * Removes what no run makes and what would be in the way of this one: links, pipes and folders
   * under the names of files, and names that only look like those of finished parts.
   */
  void deleteForeign(Configuration configuration) throws IOException {
    for (Location.Child part : folder.children(configuration)) {
      String name = part.location().fileName();
      boolean looksFinished = name.startsWith(SEGMENT) || name.startsWith(FACES);
      if (looksFinished ? !isFinished(part) : !name.startsWith(Scratch.PREFIX) && !part.isFile()) {
        log.warn("{} is not from here and is removed", part.location());
        part.location().delete(configuration);
      }
    }
  }

  /** The folder by which runs on several machines agree who works here. */
  public Location lease() {
    return new Location(folder + ".lease");
  }

  /** Another folder beside this one, for a run that must not meet the one that works here. */
  Staging apart() {
    return new Staging(new Location(folder + "-" + UUID.randomUUID()));
  }
}
