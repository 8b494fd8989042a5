package io.latentsync.face.blend;

/**
 * A face to put into a frame.
 *
 * @param pixels {@code [3, resolution, resolution]}, red, green, blue, −1…1; beyond is clamped
 * @param share how much of each pixel is to be seen, {@code [resolution, resolution]}, 0…1; empty
 *     for all of it
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
public record FacePatch(float[] pixels, float[] share) {

  /** A face that replaces what was there. */
  public static FacePatch whole(float[] pixels) {
    return new FacePatch(pixels, new float[0]);
  }
}
