package io.latentsync.model.validate;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.image.PixelRectangle;
import io.latentsync.media.video.VideoProbe;

/**
 * The stored pixels that a new face may have changed: the box around the template's rectangle, with
 * a margin for the encoder, which spreads changes over blocks and their borders.
 *
 * @param template what faces are aligned to
 * @param video the source
 */
record FaceArea(FaceTemplate template, VideoProbe video) {
  /** A macroblock, and the reach of the deblocking filter and of the blend's rounding. */
  private static final int MARGIN = 24;

  PixelRectangle of(AffineMatrix matrix) {
    AffineMatrix toFrame = matrix.inverse();
    double across = (double) video.width() / video.shownWidth();
    double down = (double) video.height() / video.shownHeight();
    double left = Double.POSITIVE_INFINITY;
    double top = Double.POSITIVE_INFINITY;
    double right = Double.NEGATIVE_INFINITY;
    double bottom = Double.NEGATIVE_INFINITY;
    for (int corner = 0; corner < 4; corner++) {
      double u = (corner & 1) == 0 ? 0 : template.width();
      double v = (corner & 2) == 0 ? 0 : template.height();
      double x = across * (toFrame.m00() * u + toFrame.m01() * v + toFrame.m02());
      double y = down * (toFrame.m10() * u + toFrame.m11() * v + toFrame.m12());
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    return widened(
        new PixelRectangle(
            (int) Math.floor(left),
            (int) Math.floor(top),
            (int) Math.ceil(right),
            (int) Math.ceil(bottom)));
  }

  /** A rectangle with the margin for the encoder. */
  static PixelRectangle widened(PixelRectangle inner) {
    return inner.widened(MARGIN);
  }
}
