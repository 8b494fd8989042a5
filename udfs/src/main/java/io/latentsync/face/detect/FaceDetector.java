package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Detects faces and their alignment points in single pictures. The result is a function of the
 * picture, not of earlier pictures, so a video may be cut anywhere. Owns native memory; not
 * thread-safe.
 */
public interface FaceDetector extends AutoCloseable {

  /** The faces that pass {@link FaceLimits}, in no particular order; empty if there is none. */
  List<DetectedFace> detect(RgbImage picture);

  /** The face with the largest box, which is the one the reference implementation dubs. */
  default Optional<DetectedFace> detectLargest(RgbImage picture) {
    return detect(picture).stream().max(Comparator.comparing(DetectedFace::area));
  }

  /** Short name for logs and statistics. */
  String name();

  @Override
  void close();
}
