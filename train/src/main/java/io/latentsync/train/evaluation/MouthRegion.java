package io.latentsync.train.evaluation;

import io.latentsync.image.RgbImage;

/**
 * The region of mouth and chin in an aligned face: 22 % to 78 % of the width, 52 % to 92 % of the
 * height.
 */
final class MouthRegion {
  private static final double LEFT = 0.22;
  private static final double RIGHT = 0.78;
  private static final double TOP = 0.52;
  private static final double BOTTOM = 0.92;

  private MouthRegion() {}

  /** Mean absolute difference of two aligned faces in the region, in grey levels 0…255. */
  static double error(RgbImage a, RgbImage b) {
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
