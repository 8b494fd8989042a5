package io.latentsync.face;

import io.latentsync.image.RgbImage;
import java.util.List;

/**
 * MediaPipe, and where it finds nothing the Haar cascade. What the cascade takes for a face must be
 * one for the mesh too, which then gives the points: a cascade alone sees faces in walls.
 */
final class LadderFaceDetector implements FaceDetector {
  private final MediaPipeFaceDetector mediaPipe = new MediaPipeFaceDetector();
  private final HaarFaceDetector haar = new HaarFaceDetector();

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    List<DetectedFace> faces = mediaPipe.detect(picture);
    if (!faces.isEmpty()) {
      return faces;
    }
    return haar.detect(picture).stream()
        .flatMap(seen -> mediaPipe.confirm(picture, seen).stream())
        .toList();
  }

  @Override
  public String name() {
    return mediaPipe.name() + ", " + haar.name();
  }

  @Override
  public void close() {
    mediaPipe.close();
    haar.close();
  }
}
