package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;

/**
 * The limits of usable faces, as in the reference implementation: at least 50×80 pixels, a width of
 * 0.2 to 1.5 heights, a score of at least 0.5. The reference's limits in pixels do not depend on
 * the picture's size, so it misses ordinary faces in small videos. Here they scale down with
 * pictures whose shorter side is below 720 pixels.
 */
final class FaceLimits {
  static final float MIN_SCORE = 0.5f;

  private static final float MIN_WIDTH = 50;
  private static final float MIN_HEIGHT = 80;
  private static final float MIN_ASPECT = 0.2f;
  private static final float MAX_ASPECT = 1.5f;
  private static final float FULL_LIMITS_FROM = 720;

  private FaceLimits() {}

  /** Whether the picture's face is within the limits. */
  static boolean admit(DetectedFace face, RgbImage picture) {
    float scale = Math.min(1, Math.min(picture.width(), picture.height()) / FULL_LIMITS_FROM);
    float aspect = face.width() / face.height();
    return face.score() >= MIN_SCORE
        && face.width() >= MIN_WIDTH * scale
        && face.height() >= MIN_HEIGHT * scale
        && aspect >= MIN_ASPECT
        && aspect <= MAX_ASPECT;
  }
}
