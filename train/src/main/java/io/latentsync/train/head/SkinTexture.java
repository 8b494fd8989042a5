package io.latentsync.train.head;

import java.awt.image.BufferedImage;
import java.util.Random;

/** Faint mottling of the skin, in coarse and fine grains. */
final class SkinTexture {
  /** Width and height of the texture in pixels. */
  static final int SIZE = 256;

  private SkinTexture() {}

  /** The texture of a seed: light and dark spots, transparent between them; it can be tiled. */
  static BufferedImage image(long seed) {
    Random random = Seeds.random(seed, "skin");
    double[] noise = new double[SIZE * SIZE];
    for (int grain = 2; grain <= 32; grain *= 4) {
      int cells = SIZE / grain;
      double[] lattice = new double[cells * cells];
      for (int i = 0; i < lattice.length; i++) {
        lattice[i] = random.nextGaussian();
      }
      for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
          noise[y * SIZE + x] += bilinear(lattice, cells, (double) x / grain, (double) y / grain);
        }
      }
    }
    BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        double value = noise[y * SIZE + x];
        int alpha = (int) Math.min(24, Math.round(4.5 * Math.abs(value)));
        image.setRGB(x, y, alpha << 24 | (value > 0 ? 0xFFE8D8 : 0x401510));
      }
    }
    return image;
  }

  private static double bilinear(double[] lattice, int cells, double x, double y) {
    int left = (int) x;
    int top = (int) y;
    double u = x - left;
    double v = y - top;
    int right = (left + 1) % cells;
    int bottom = (top + 1) % cells;
    return (1 - v) * ((1 - u) * lattice[top * cells + left] + u * lattice[top * cells + right])
        + v * ((1 - u) * lattice[bottom * cells + left] + u * lattice[bottom * cells + right]);
  }
}
