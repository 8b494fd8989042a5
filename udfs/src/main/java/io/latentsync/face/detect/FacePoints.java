package io.latentsync.face.detect;

import java.io.Serializable;

/**
 * The three alignment points of a face, in pixels of the picture (pixel centres at integers), as in
 * the reference implementation: the centres of the two eyebrows and the middle of the nose. Left
 * and right are the viewer's.
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
   * Linear interpolation towards another face's points.
   *
   * @param other the face at {@code t} = 1
   * @param t 0 (this face) … 1 (the other)
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
