package io.latentsync.face.detect;

import java.io.Serializable;

/**
 * The three points of a face that fix its alignment, in pixels of the picture (pixel centres at
 * integers), as in the reference implementation: the centres of the two eyebrows and the middle of
 * the nose. Left and right are the viewer's.
 *
 * @param leftX centre of the left eyebrow, from the left
 * @param leftY centre of the left eyebrow, from the top
 * @param rightX centre of the right eyebrow, from the left
 * @param rightY centre of the right eyebrow, from the top
 * @param noseX middle of the nose, from the left
 * @param noseY middle of the nose, from the top
 */
public record FacePoints(
    float leftX, float leftY, float rightX, float rightY, float noseX, float noseY)
    implements Serializable {

  /**
   * The points on the straight way to another face's.
   *
   * @param other the face at the end of the way
   * @param t share of the way, 0 (here) … 1 (there)
   */
  public FacePoints interpolate(FacePoints other, float t) {
    return new FacePoints(
        leftX + t * (other.leftX - leftX),
        leftY + t * (other.leftY - leftY),
        rightX + t * (other.rightX - rightX),
        rightY + t * (other.rightY - rightY),
        noseX + t * (other.noseX - noseX),
        noseY + t * (other.noseY - noseY));
  }
}
