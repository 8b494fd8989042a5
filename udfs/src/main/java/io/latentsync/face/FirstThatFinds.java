package io.latentsync.face;

import io.latentsync.image.RgbImage;
import java.util.List;
import java.util.stream.Collectors;

/** Several detectors in one: of each picture the faces of the first that finds any. */
final class FirstThatFinds implements FaceDetector {
  private final List<FaceDetector> detectors;

  /** Takes over the detectors, in the order in which they are asked. */
  FirstThatFinds(List<FaceDetector> detectors) {
    this.detectors = detectors;
  }

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    for (FaceDetector detector : detectors) {
      List<DetectedFace> faces = detector.detect(picture);
      if (!faces.isEmpty()) {
        return faces;
      }
    }
    return List.of();
  }

  @Override
  public String name() {
    return detectors.stream().map(FaceDetector::name).collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    detectors.forEach(FaceDetector::close);
  }
}
