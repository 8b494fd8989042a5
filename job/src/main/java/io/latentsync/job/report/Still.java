package io.latentsync.job.report;

import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoReader;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** A small picture of one frame of a video, for embedding in a web page. */
final class Still {
  private static final int HEIGHT = 180;

  private Still() {}

  /**
   * Reads a frame of a video.
   *
   * @param frame 0-based
   * @throws IOException if the video cannot be read
   */
  static RgbImage read(VideoReader video, int frame) throws IOException {
    try (VideoFrame picture = video.read(frame)) {
      return picture.toRgb();
    }
  }

  /**
   * Crops and scales down a picture.
   *
   * @param part in pixels, within the picture, not empty
   * @return a JPEG as a {@code data:} URL
   */
  static String jpeg(RgbImage picture, Rectangle part) throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    BufferedImage image =
        picture.toBufferedImage().getSubimage(part.x, part.y, part.width, part.height);
    ImageIO.write(scaled(image), "jpeg", jpeg);
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg.toByteArray());
  }

  private static BufferedImage scaled(BufferedImage image) {
    int height = Math.min(HEIGHT, image.getHeight());
    int width = Math.max(1, Math.round((float) image.getWidth() * height / image.getHeight()));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return small;
  }
}
