package io.latentsync.train.evaluation;

import io.latentsync.image.RgbImage;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** A picture with rows of pictures. Each row has a name at its left. */
public final class ContactSheet {
  private static final int SIDE = 150;
  private static final int MARGIN = 70;
  private static final int GAP = 3;

  private ContactSheet() {}

  /** A row of pictures. */
  public record Row(String name, List<RgbImage> pictures) {}

  /**
   * Draws the rows; each picture is cropped to the square in its middle, then scaled.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(List<Row> rows, Path png) throws IOException {
    int columns = rows.stream().mapToInt(row -> row.pictures().size()).max().orElse(0);
    BufferedImage sheet =
        new BufferedImage(
            MARGIN + columns * (SIDE + GAP),
            rows.size() * (SIDE + GAP),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    graphics.setColor(Color.BLACK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    for (int y = 0; y < rows.size(); y++) {
      int top = y * (SIDE + GAP);
      graphics.drawString(rows.get(y).name(), 4, top + SIDE / 2);
      int x = MARGIN;
      for (RgbImage picture : rows.get(y).pictures()) {
        graphics.drawImage(picture.toBufferedImage(), x, top, SIDE, SIDE, null);
        x += SIDE + GAP;
      }
    }
    graphics.dispose();
    ImageIO.write(sheet, "png", png.toFile());
  }
}
