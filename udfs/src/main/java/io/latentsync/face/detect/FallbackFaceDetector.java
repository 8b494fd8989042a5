package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** A detector with a fallback for pictures in which it finds nothing. */
public final class FallbackFaceDetector implements FaceDetector {
  private final FaceDetector first;
  private final FaceDetector fallback;
  private final BiFunction<RgbImage, DetectedFace, Optional<DetectedFace>> confirmation;

  /**
   * Owns both detectors.
   *
   * @param confirmation refuses or corrects a face of the fallback
   */
  FallbackFaceDetector(
      FaceDetector first,
      FaceDetector fallback,
      BiFunction<RgbImage, DetectedFace, Optional<DetectedFace>> confirmation) {
    this.first = first;
    this.fallback = fallback;
    this.confirmation = confirmation;
  }

  /** Accepts every face of the fallback. */
  FallbackFaceDetector(FaceDetector first, FaceDetector fallback) {
    this(first, fallback, (picture, face) -> Optional.of(face));
  }

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    List<DetectedFace> faces = first.detect(picture);
    return faces.isEmpty()
        ? fallback.detect(picture).stream()
            .flatMap(face -> confirmation.apply(picture, face).stream())
            .toList()
        : faces;
  }

  @Override
  public String name() {
    return first.name() + ", " + fallback.name();
  }

  @Override
  public void close() {
    first.close();
    fallback.close();
  }
}
