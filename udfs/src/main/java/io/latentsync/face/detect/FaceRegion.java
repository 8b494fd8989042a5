package io.latentsync.face.detect;

/**
 * A square around a face, rotated with the head. Coordinates are continuous: a picture spans 0 to
 * its width, and the first pixel's centre is at 0.5.
 *
 * @param centreX centre in pixels, from the left
 * @param centreY centre in pixels, from the top
 * @param side side in pixels
 * @param angle rotation in radians, clockwise on the screen
 */
public record FaceRegion(double centreX, double centreY, double side, double angle) {

  /** How much larger than the face MediaPipe's mesh expects its square. */
  static final double MARGIN = 1.5;

  /**
   * Whether two squares are equal within 1 % of the side in position, 2 % in size and 0.02 radians
   * in rotation. The mesh then differs by much less than a pixel.
   */
  boolean agreesWith(FaceRegion other) {
    return Math.hypot(other.centreX - centreX, other.centreY - centreY) < 0.01 * side
        && Math.abs(other.side - side) < 0.02 * side
        && Math.abs(Math.IEEEremainder(other.angle - angle, 2 * Math.PI)) < 0.02;
  }

  double cos() {
    return Math.cos(angle);
  }

  double sin() {
    return Math.sin(angle);
  }
}
