package io.latentsync.model.render;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.FacePoints;
import java.util.ArrayList;
import java.util.List;

/**
 * The pixels of a frame that belong to one of its dubbed faces. A pixel belongs to the face with
 * the nearest mouth; the distance is measured in the aligned face, so in units of the face's size.
 * At equal distances it belongs to the first of the faces. The pasted squares of two faces may
 * overlap: each pixel is blended for one face only, so neither square restores the source's lips of
 * the other face. Two layers of the same face share all their pixels.
 *
 * @param matrix affine matrix of the face
 * @param earlier matrices of the dubbed faces that come before it
 * @param later matrices of those that come after it
 * @param mouthX of the mouth in the aligned face, in pixels
 * @param mouthY of the mouth in the aligned face, in pixels
 */
record MouthTerritory(
    AffineMatrix matrix,
    List<AffineMatrix> earlier,
    List<AffineMatrix> later,
    float mouthX,
    float mouthY) {

  /**
   * The territory of a face.
   *
   * @param face a face that gets new lips in the frame
   * @param faces all faces that get new lips in the frame, in order
   * @param frame of the batch
   */
  static MouthTerritory of(
      FaceChunks face, List<FaceChunks> faces, int frame, FaceTemplate template) {
    List<AffineMatrix> earlier = new ArrayList<>();
    List<AffineMatrix> later = new ArrayList<>();
    List<AffineMatrix> others = earlier;
    AffineMatrix own = face.matrix(frame);
    for (FaceChunks other : faces) {
      if (other == face) {
        others = later;
      } else if (!other.matrix(frame).equals(own)) {
        others.add(other.matrix(frame));
      }
    }
    FacePoints points = template.points();
    // The mouth is about as far below the nose as the nose is below the brows.
    return new MouthTerritory(
        own, earlier, later, points.noseX(), 2 * points.noseY() - points.leftY());
  }

  /** Whether the frame has other dubbed faces. */
  boolean isShared() {
    return !earlier.isEmpty() || !later.isEmpty();
  }

  /** Whether a pixel of the frame belongs to the face. */
  boolean contains(int x, int y) {
    float own = distance(matrix, x, y);
    for (AffineMatrix other : earlier) {
      if (distance(other, x, y) <= own) {
        return false;
      }
    }
    for (AffineMatrix other : later) {
      if (distance(other, x, y) < own) {
        return false;
      }
    }
    return true;
  }

  /** The squared distance from a mouth, in pixels of the aligned face. */
  private float distance(AffineMatrix face, int x, int y) {
    float dx = face.m00() * x + face.m01() * y + face.m02() - mouthX;
    float dy = face.m10() * x + face.m11() * y + face.m12() - mouthY;
    return dx * dx + dy * dy;
  }
}
