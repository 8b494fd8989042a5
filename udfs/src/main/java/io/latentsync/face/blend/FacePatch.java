package io.latentsync.face.blend;

/**
 * A face to blend into a frame.
 *
 * @param pixels {@code [3, resolution, resolution]}, red, green, blue, −1…1; beyond is clamped
 * @param share opacity of each pixel, {@code [resolution, resolution]}, 0…1; empty: 1 everywhere
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
public record FacePatch(float[] pixels, float[] share) {

  /** A fully opaque face. */
  public static FacePatch whole(float[] pixels) {
    return new FacePatch(pixels, new float[0]);
  }
}
