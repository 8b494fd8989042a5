package io.latentsync.job.request;

import io.latentsync.face.track.FaceChoice;
import java.io.Serializable;

/**
 * How faces are found and which is dubbed.
 *
 * @param choice which of several people
 * @param models the folder with InsightFace's models; empty for the detectors of this build
 */
public record FaceOptions(FaceChoice choice, String models) implements Serializable {
  /** What the command line stands for if nothing is said. */
  public static final FaceOptions DEFAULT = new FaceOptions(FaceChoice.LARGEST, "");
}
