package io.latentsync.face;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** MediaPipe's networks, which the build packs into the jar if it can fetch them. */
enum FaceModel {
  /** Full-range detector: a picture to boxes. */
  BOXES("/models/face_detection_full_range.tflite"),

  /** Short-range detector: a picture to boxes of faces near the camera. */
  CLOSE_BOXES("/models/face_detection_short_range.tflite"),

  /** Face mesh: a square around a face to 468 points. */
  MESH("/models/face_landmark.tflite");

  private final String resource;

  FaceModel(String resource) {
    this.resource = resource;
  }

  /** Whether this build has it. */
  boolean available() {
    return FaceModel.class.getResource(resource) != null;
  }

  /**
   * The file's content.
   *
   * @throws IllegalStateException if this build does not have it
   */
  byte[] read() {
    try (InputStream in = FaceModel.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            "this build has no face model %s: install npm and build again".formatted(resource));
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the face model " + resource, e);
    }
  }
}
