package io.latentsync.face.align;

import io.latentsync.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Pictures from files and from formulas, and distances between pictures. */
public final class GeometryPictures {
  private GeometryPictures() {}

  public static RgbImage read(Path file) throws IOException {
    return of(ImageIO.read(file.toFile()));
  }

  public static RgbImage of(BufferedImage image) {
    RgbImage result = RgbImage.black(image.getWidth(), image.getHeight());
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int rgb = image.getRGB(x, y);
        result.pixels()[at++] = (byte) (rgb >> 16);
        result.pixels()[at++] = (byte) (rgb >> 8);
        result.pixels()[at++] = (byte) rgb;
      }
    }
    return result;
  }

  public static void write(RgbImage image, Path file) throws IOException {
    BufferedImage result =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        int i = 3 * (y * image.width() + x);
        byte[] p = image.pixels();
        result.setRGB(x, y, (p[i] & 255) << 16 | (p[i + 1] & 255) << 8 | (p[i + 2] & 255));
      }
    }
    ImageIO.write(result, "png", file.toFile());
  }

  /** A smooth coloured picture without any flat part. */
  public static RgbImage waves(int width, int height) {
    RgbImage image = RgbImage.black(width, height);
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.pixels()[at++] = (byte) (128 + 100 * Math.sin(x / 23.0 + y / 41.0));
        image.pixels()[at++] = (byte) (128 + 100 * Math.cos(y / 19.0));
        image.pixels()[at++] = (byte) (128 + 100 * Math.sin((x - y) / 31.0));
      }
    }
    return image;
  }

  /** The largest difference of two arrays of bytes, in grey levels. */
  static int farthest(byte[] actual, byte[] expected) {
    int farthest = 0;
    for (int i = 0; i < expected.length; i++) {
      farthest = Math.max(farthest, Math.abs((actual[i] & 0xff) - (expected[i] & 0xff)));
    }
    return farthest;
  }

  /** The share of bytes that are more than one grey level off. */
  static double shareOff(byte[] actual, byte[] expected) {
    int off = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Math.abs((actual[i] & 0xff) - (expected[i] & 0xff)) > 1) {
        off++;
      }
    }
    return (double) off / expected.length;
  }
}
