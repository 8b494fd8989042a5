package io.latentsync.train.evaluation;

import io.latentsync.image.RgbImage;
import java.util.Arrays;

/**
 * The region of mouth and chin in an aligned face: 22 % to 78 % of the width, 52 % to 92 % of the
 * height.
 */
public final class MouthRegion {
  private static final double LEFT = 0.22;
  private static final double RIGHT = 0.78;
  private static final double TOP = 0.52;
  private static final double BOTTOM = 0.92;

  private MouthRegion() {}

  /** The region of an aligned face as a picture. */
  public static RgbImage crop(RgbImage face) {
    int side = face.width();
    int left = (int) (LEFT * side);
    int top = (int) (TOP * side);
    RgbImage mouth = RgbImage.black((int) (RIGHT * side) - left, (int) (BOTTOM * side) - top);
    for (int y = 0; y < mouth.height(); y++) {
      System.arraycopy(
          face.pixels(),
          3 * ((top + y) * side + left),
          mouth.pixels(),
          3 * y * mouth.width(),
          3 * mouth.width());
    }
    return mouth;
  }

  /**
   * The weights of an aligned face's pixels, row by row.
   *
   * @param side of the face in pixels
   * @param inside weight in the region; outside it is 1
   */
  public static float[] weights(int side, float inside) {
    float[] weights = new float[side * side];
    Arrays.fill(weights, 1);
    for (int y = (int) (TOP * side); y < (int) (BOTTOM * side); y++) {
      Arrays.fill(weights, y * side + (int) (LEFT * side), y * side + (int) (RIGHT * side), inside);
    }
    return weights;
  }

  /** Mean absolute difference of two aligned faces in the region, in grey levels 0…255. */
  public static double error(RgbImage a, RgbImage b) {
    int side = a.width();
    long sum = 0;
    int count = 0;
    for (int y = (int) (TOP * side); y < (int) (BOTTOM * side); y++) {
      for (int x = (int) (LEFT * side); x < (int) (RIGHT * side); x++) {
        for (int c = 0; c < 3; c++) {
          int at = 3 * (y * side + x) + c;
          sum += Math.abs((a.pixels()[at] & 255) - (b.pixels()[at] & 255));
          count++;
        }
      }
    }
    return (double) sum / count;
  }
}
