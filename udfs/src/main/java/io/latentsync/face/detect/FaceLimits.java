package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;

/**
 * Which faces are worth working on: the limits of the reference implementation, at least 50×80
 * pixels with a width of 0.2 to 1.5 heights and a score of 0.5. The reference has them in pixels
 * whatever the picture's size, so that it loses ordinary faces of small videos; here they shrink in
 * proportion in pictures whose shorter side is below 720 pixels.
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
