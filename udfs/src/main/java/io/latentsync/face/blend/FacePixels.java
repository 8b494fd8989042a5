package io.latentsync.face.blend;

import io.latentsync.image.RgbImage;

/** Pixels as the networks see them: planes of red, green, blue, each −1…1. */
public final class FacePixels {
  private FacePixels() {}

  /**
   * A picture's pixels as {@code [3, height, width]}, {@code byte / 255 * 2 - 1}.
   *
   * @param image any picture
   */
  public static float[] of(RgbImage image) {
    int plane = image.width() * image.height();
    byte[] bytes = image.pixels();
    float[] values = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        values[c * plane + i] = ((bytes[3 * i + c] & 0xff) / 255f - 0.5f) / 0.5f;
      }
    }
    return values;
  }
}
