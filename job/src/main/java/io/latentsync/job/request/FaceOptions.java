package io.latentsync.job.request;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.storage.Location;
import java.io.Serializable;
import java.util.Optional;

/**
 * How faces are found and which is dubbed.
 *
 * @param choice which of several people
 * @param models the name of the folder with InsightFace's models, see {@link #insightFace}
 */
public record FaceOptions(FaceChoice choice, String models) implements Serializable {
  /** What the command line stands for if nothing is said. */
  public static final FaceOptions DEFAULT = new FaceOptions(FaceChoice.LARGEST, "");

  /** The folder with InsightFace's models; empty for the detectors of this build alone. */
  public Optional<Location> insightFace() {
    return Optional.of(models).filter(name -> !name.isEmpty()).map(Location::new);
  }
}
