package io.latentsync.face.blend;

/**
 * A face to blend into a frame.
 *
 * @param pixels {@code [3, resolution, resolution]}, red, green, blue, −1…1; beyond is clamped
 * @param share opacity of each pixel, {@code [resolution, resolution]}, 0…1; empty: 1 everywhere
 * @param kept weight of the frame's pixel that is added to each pixel, {@code [resolution,
 *     resolution]}, 0…1; empty: 0 everywhere. {@code pixels} are less by the same weight of the
 *     frame's face; see {@link DetailTransfer}.
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
public record FacePatch(float[] pixels, float[] share, float[] kept) {

  /** A face without detail of the frame. */
  public FacePatch(float[] pixels, float[] share) {
    this(pixels, share, new float[0]);
  }

  /** A fully opaque face. */
  public static FacePatch whole(float[] pixels) {
    return new FacePatch(pixels, new float[0]);
  }
}
