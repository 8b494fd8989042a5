package io.latentsync.face.detect;

/**
 * A square of a picture that holds a face, turned with the head. Coordinates are continuous: a
 * picture reaches from 0 to its width, the first pixel's centre is at 0.5.
 *
 * @param centreX its centre in pixels, from the left
 * @param centreY its centre in pixels, from the top
 * @param side its side in pixels
 * @param angle its turn in radians, clockwise on the screen
 */
public record FaceRegion(double centreX, double centreY, double side, double angle) {

  /** How much larger than the face MediaPipe's mesh expects its square. */
  static final double MARGIN = 1.5;

  /**
   * Whether two squares are the same to what matters: 1 % of the side in place, 2 % in size, 0.02
   * radians in turn. Then the mesh in them differs by well under a pixel.
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
