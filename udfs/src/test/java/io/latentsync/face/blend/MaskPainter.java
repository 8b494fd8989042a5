package io.latentsync.face.blend;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Paints the mask that comes with the product, {@code conf/mask.png}: black where the face is
 * re-synthesised, white where it is kept. It covers what the published networks were trained with:
 * the lower face from the middle of the cheeks to the chin, with a notch that keeps the nose.
 *
 * <p>To paint it again after the tests are compiled: {@code java -cp udfs/target/test-classes
 * io.latentsync.face.blend.MaskPainter conf/mask.png}.
 */
public final class MaskPainter {
  private static final int SIDE = 256;
  private static final int TOP = 95;
  private static final int BOTTOM = 242;
  private static final int NOTCH_LEFT = 78;
  private static final int NOTCH_RIGHT = 178;
  private static final int NOTCH_BOTTOM = 128;

  private MaskPainter() {}

  /**
   * Writes the picture.
   *
   * @param args the file to write
   */
  public static void main(String[] args) throws IOException {
    ImageIO.write(paint(), "png", Path.of(args[0]).toFile());
  }

  static BufferedImage paint() {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        image.setRGB(x, y, isMouthAndCheeks(x, y) ? 0x000000 : 0xffffff);
      }
    }
    return image;
  }

  private static boolean isMouthAndCheeks(int x, int y) {
    boolean notch = y < NOTCH_BOTTOM && x >= NOTCH_LEFT && x < NOTCH_RIGHT;
    return y >= TOP && y <= BOTTOM && !notch && Math.abs(x - 128) <= Math.min(cheek(y), jaw(y));
  }

  /** Half the width of the face at the cheeks, which narrow a little from top to bottom. */
  private static double cheek(int y) {
    return 119.2 - 0.037 * (y - TOP);
  }

  /** Half the width of the face at the jaw: the lower half of a superellipse (Lamé, 1818). */
  private static double jaw(int y) {
    double down = Math.max(0, y - 132.5) / 110.5;
    return 124.5 * Math.pow(1 - Math.pow(down, 1.9), 1 / 1.9);
  }
}
