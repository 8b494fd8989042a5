package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds faces and their alignment points in single pictures. What it finds depends on the picture
 * alone, never on pictures seen before, so a video may be cut anywhere. An instance owns native
 * memory and serves one thread at a time.
 */
public interface FaceDetector extends AutoCloseable {

  /** The faces large and sure enough to work on, in no particular order; none is an empty list. */
  List<DetectedFace> detect(RgbImage picture);

  /** The face with the largest box, which is the one the reference implementation dubs. */
  default Optional<DetectedFace> detectLargest(RgbImage picture) {
    return detect(picture).stream().max(Comparator.comparing(DetectedFace::area));
  }

  /** Short name for logs and counts. */
  String name();

  @Override
  void close();
}
