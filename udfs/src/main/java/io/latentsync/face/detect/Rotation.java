package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.List;

/**
 * How far pictures have to be turned for the heads in them to stand upright, such as those of a
 * telephone that was held on its side and did not write that down.
 */
public enum Rotation {
  /** They stand upright. */
  NONE(0),
  /** By a quarter clockwise. */
  CLOCKWISE(90),
  /** They stand on their heads. */
  HALF(180),
  /** By a quarter against the clock. */
  COUNTERCLOCKWISE(270);

  private final int degrees;

  Rotation(int degrees) {
    this.degrees = degrees;
  }

  /** The angle clockwise: 0, 90, 180 or 270. */
  public int degrees() {
    return degrees;
  }

  /** The turn after which a face is nearest to standing upright, whatever found it. */
  public static Rotation uprighting(FacePoints face) {
    double brows = Math.atan2(face.rightY() - face.leftY(), face.rightX() - face.leftX());
    return values()[Math.floorMod(Math.round(-brows / (Math.PI / 2)), 4)];
  }

  /** A turned copy of a picture; the picture itself if there is nothing to turn. */
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
   * Where a place in a picture is when the picture has been turned: x and y, before and after in
   * pixels from the upper left corner (not from the middle of the pixel there).
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
   * A detector that turns pictures before it searches them, and reports faces where they are in the
   * picture as it was; they carry its name and the angle.
   *
   * @param detector is used, and closed with the result: it does to close one of them
   */
  public FaceDetector upright(FaceDetector detector) {
    return this == NONE ? detector : new Turning(detector);
  }

  /** A face of the turned picture in the picture as it was. */
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
        name);
  }

  /** A place in the turned picture as one of the picture as it was. */
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
