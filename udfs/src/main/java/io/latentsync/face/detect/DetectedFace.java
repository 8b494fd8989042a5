package io.latentsync.face.detect;

import java.io.Serializable;

/**
 * A face found in a picture.
 *
 * @param x left side of its box in pixels; may lie outside the picture, like the other sides
 * @param y upper side of its box in pixels
 * @param width width of its box in pixels
 * @param height height of its box in pixels
 * @param score confidence of the detector, 0…1
 * @param points alignment points
 * @param detector name of the detector that found it, for counting
 * @param mouth opening of the mouth, see {@link FaceMesh.Mesh#mouthOpening}; NaN if the detector
 *     does not measure it
 */
public record DetectedFace(
    float x,
    float y,
    float width,
    float height,
    float score,
    FacePoints points,
    String detector,
    float mouth)
    implements Serializable {

  /** A face without a measured mouth. */
  public DetectedFace(
      float x,
      float y,
      float width,
      float height,
      float score,
      FacePoints points,
      String detector) {
    this(x, y, width, height, score, points, detector, Float.NaN);
  }

  /** Area of the box in square pixels. */
  public float area() {
    return width * height;
  }

  /** Intersection over union with another box, 0…1. */
  public float overlap(DetectedFace other) {
    float right = Math.min(x + width, other.x + other.width);
    float bottom = Math.min(y + height, other.y + other.height);
    float both =
        Math.max(0, right - Math.max(x, other.x)) * Math.max(0, bottom - Math.max(y, other.y));
    return both / (area() + other.area() - both);
  }
}
