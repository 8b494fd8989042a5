package io.latentsync.job.request;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.storage.Location;
import java.io.Serializable;
import java.util.Optional;

/**
 * Options of the face detection.
 *
 * @param choice the person to dub
 * @param models path of the folder with InsightFace's models, see {@link #insightFace}
 */
public record FaceOptions(FaceChoice choice, String models) implements Serializable {
  /** The defaults of the command line. */
  public static final FaceOptions DEFAULT = new FaceOptions(FaceChoice.LARGEST, "");

  /** The folder with InsightFace's models; empty for the built-in detectors only. */
  public Optional<Location> insightFace() {
    return Optional.of(models).filter(name -> !name.isEmpty()).map(Location::new);
  }
}
