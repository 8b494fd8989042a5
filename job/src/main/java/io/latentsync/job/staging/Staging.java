package io.latentsync.job.staging;

import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The staging folder of a request, with the intermediate files until the output is written. The
 * folder's name contains the fingerprint of everything that determines these files, so only a
 * repetition of the same command reuses them.
 *
 * @param folder on a file system that all executors see
 */
public record Staging(Location folder) implements Serializable {
  private static final Logger log = LoggerFactory.getLogger(Staging.class);

  /**
   * Must be increased if a change of the code changes pictures or metrics for the same inputs and
   * options.
   */
  public static final int VERSION = 13;

  private static final int FINGERPRINT_DIGITS = 16;
  private static final String PREFIX = ".latentsync-";
  private static final String SEGMENT = "segment-";
  private static final String FACES = "faces-";
  private static final String UPLOAD = "output-upload";

  /** The names of finished files. A later run resumes from these files. */
  private static final Pattern FINISHED =
      Pattern.compile(
          SEGMENT
              + "\\d{8,10}(-guidance-[0-9.E-]+)?(\\.mp4|(-syncnet-[0-9a-f]{16})?\\.avro)|"
              + FACES
              + "[0-9a-f]{64}\\.avro|"
              + UPLOAD);

  /**
   * The staging folder of a request.
   *
   * @param root its parent folder
   * @throws IOException if an input does not exist
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
            .append(MediaPipeFaceDetector.available()) // a build may lack the models
            .append('\n')
            .append(request.rendering())
            .append('\n')
            .append(request.segmentFrames())
            .append('\n')
            .append(request.output()) // requests that differ only in this must not share a folder
            .append('\n')
            .append(request.video().state(configuration))
            .append('\n')
            .append(request.audio().state(configuration));
    if (!request.edit().equals(Edit.NONE)) {
      determinants.append('\n').append(request.edit());
      for (Location speech : request.speeches()) {
        determinants.append('\n').append(speech.state(configuration));
      }
      if (request.edit().sound().location().isPresent()) {
        determinants
            .append('\n')
            .append(request.edit().sound().location().get().state(configuration));
      }
    }
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

  /** The fingerprint of the request: its inputs, options, model and output. */
  public String fingerprint() {
    return folder.fileName().substring(PREFIX.length(), PREFIX.length() + FINGERPRINT_DIGITS);
  }

  /**
   * A speech as raw 16-bit samples, mono, 16 kHz.
   *
   * @param index in {@link DubRequest#speeches}
   */
  public Location speech(int index) {
    return folder.child(index == 0 ? "speech.pcm" : "speech-" + index + ".pcm");
  }

  /** The sound of the output: an MP4 with no other track. */
  public Location sound() {
    return folder.child("sound.mp4");
  }

  /** The record of the output's commit while it lasts: the incomplete file or the upload. */
  public Location upload() {
    return folder.child(UPLOAD);
  }

  /** A rendered segment. */
  public Location video(Attempt attempt) {
    return folder.child(name(attempt) + ".mp4");
  }

  /**
   * The metrics of a rendered segment. They are written after the video, so they mark a finished
   * segment.
   */
  public Location metrics(Attempt attempt) {
    return folder.child(name(attempt) + ".avro");
  }

  /**
   * SyncNet's distances of an attempt.
   *
   * @param network name, length and modification time of the network's file
   */
  public Location distances(Attempt attempt, String network) {
    return folder.child(
        "%s-syncnet-%s.avro"
            .formatted(
                name(attempt), DigestUtils.sha256Hex(network).substring(0, FINGERPRINT_DIGITS)));
  }

  /** The file name of an attempt. Together with the folder's name it identifies the attempt. */
  private static String name(Attempt attempt) {
    return SEGMENT
        + String.format(Locale.ROOT, "%08d", attempt.segment().first())
        + (attempt.again() ? "-guidance-" + attempt.guidance() : "");
  }

  /**
   * The faces of the source video.
   *
   * @param digest digest of the file's contents
   */
  Location faces(String digest) {
    return folder.child(FACES + digest + ".avro");
  }

  /** All files with a name as in {@link #faces(String)}. */
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
    folder.abortUploads(configuration);
    folder.delete(configuration);
  }

  /**
   * Removes all files except the faces and finished segments. If there are none, removes the
   * folder.
   */
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
   * Removes entries that no run creates and that would make this run fail: links, pipes and folders
   * with the names of files, and files whose names only resemble those of finished files.
   */
  void deleteForeign(Configuration configuration) throws IOException {
    for (Location.Child part : folder.children(configuration)) {
      String name = part.location().fileName();
      boolean looksFinished = name.startsWith(SEGMENT) || name.startsWith(FACES);
      if (looksFinished ? !isFinished(part) : !name.startsWith(Scratch.PREFIX) && !part.isFile()) {
        log.warn("{} is not a file of this program; it is removed", part.location());
        part.location().delete(configuration);
      }
    }
  }

  /** The folder of the lease files, with which runs on several machines exclude each other. */
  public Location lease() {
    return new Location(folder.name() + ".lease");
  }

  /**
   * A second folder in the same parent folder, for a run that starts while another run has the
   * lease.
   */
  Staging apart() {
    return new Staging(new Location(folder.name() + "-" + UUID.randomUUID()));
  }
}
