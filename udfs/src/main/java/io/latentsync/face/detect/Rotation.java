package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.List;

/**
 * The rotation that makes the heads in pictures upright, such as in videos of a phone that was held
 * sideways and did not store its orientation.
 */
public enum Rotation {
  /** No rotation. */
  NONE(0),
  /** 90° clockwise. */
  CLOCKWISE(90),
  /** 180°. */
  HALF(180),
  /** 90° counter-clockwise. */
  COUNTERCLOCKWISE(270);

  private final int degrees;

  Rotation(int degrees) {
    this.degrees = degrees;
  }

  /** The angle clockwise: 0, 90, 180 or 270. */
  public int degrees() {
    return degrees;
  }

  /** The rotation that makes a face most nearly upright. */
  public static Rotation uprighting(FacePoints face) {
    double brows = Math.atan2(face.rightY() - face.leftY(), face.rightX() - face.leftX());
    return values()[Math.floorMod(Math.round(-brows / (Math.PI / 2)), 4)];
  }

  /** A rotated copy of a picture; the picture itself for {@link #NONE}. */
  public RgbImage turn(RgbImage picture) {
    if (this == NONE) {
      return picture;
    }
    boolean lies = this != HALF;
    int width = lies ? picture.height() : picture.width();
    int height = lies ? picture.width() : picture.height();
    byte[] from = picture.pixels();
    byte[] to = new byte[from.length];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int source =
            3
                * switch (this) {
                  case CLOCKWISE -> (picture.height() - 1 - x) * picture.width() + y;
                  case HALF -> (height - 1 - y) * width + width - 1 - x;
                  case COUNTERCLOCKWISE -> x * picture.width() + picture.width() - 1 - y;
                  case NONE -> y * width + x;
                };
        to[at++] = from[source];
        to[at++] = from[source + 1];
        to[at++] = from[source + 2];
      }
    }
    return new RgbImage(width, height, to);
  }

  /**
   * Maps a point of a picture to the rotated picture: x and y in continuous pixel coordinates,
   * whose origin is the picture's upper left corner.
   */
  public float[] turn(float x, float y, RgbImage picture) {
    return switch (this) {
      case NONE -> new float[] {x, y};
      case CLOCKWISE -> new float[] {picture.height() - y, x};
      case HALF -> new float[] {picture.width() - x, picture.height() - y};
      case COUNTERCLOCKWISE -> new float[] {y, picture.width() - x};
    };
  }

  /**
   * A detector that rotates pictures before detection and reports faces in coordinates of the
   * original picture. Their detector name includes the angle.
   *
   * @param detector detects in the rotated pictures; closed with the result
   */
  public FaceDetector upright(FaceDetector detector) {
    return this == NONE ? detector : new Turning(detector);
  }

  /** Maps a face of the rotated picture to the original picture. */
  private DetectedFace back(DetectedFace face, RgbImage picture, String name) {
    FacePoints p = face.points();
    float[] left = back(p.leftX(), p.leftY(), picture);
    float[] right = back(p.rightX(), p.rightY(), picture);
    float[] nose = back(p.noseX(), p.noseY(), picture);
    // The box's sides lie between pixels, half a pixel before their centres.
    float[] corner = back(face.x() - 0.5f, face.y() - 0.5f, picture);
    float[] opposite =
        back(face.x() + face.width() - 0.5f, face.y() + face.height() - 0.5f, picture);
    return new DetectedFace(
        Math.min(corner[0], opposite[0]) + 0.5f,
        Math.min(corner[1], opposite[1]) + 0.5f,
        Math.abs(corner[0] - opposite[0]),
        Math.abs(corner[1] - opposite[1]),
        face.score(),
        new FacePoints(left[0], left[1], right[0], right[1], nose[0], nose[1]),
        name,
        face.mouth());
  }

  /** Maps a point of the rotated picture to the original picture. */
  private float[] back(float x, float y, RgbImage picture) {
    float lastX = picture.width() - 1;
    float lastY = picture.height() - 1;
    return switch (this) {
      case NONE -> new float[] {x, y};
      case CLOCKWISE -> new float[] {y, lastY - x};
      case HALF -> new float[] {lastX - x, lastY - y};
      case COUNTERCLOCKWISE -> new float[] {lastX - y, x};
    };
  }

  private final class Turning implements FaceDetector {
    private final FaceDetector detector;

    Turning(FaceDetector detector) {
      this.detector = detector;
    }

    @Override
    public List<DetectedFace> detect(RgbImage picture) {
      return detector.detect(turn(picture)).stream()
          .map(face -> back(face, picture, withAngle(face.detector())))
          .toList();
    }

    @Override
    public String name() {
      return withAngle(detector.name());
    }

    private String withAngle(String name) {
      return name + " turned by " + degrees + "°";
    }

    @Override
    public void close() {
      detector.close();
    }
  }
}
