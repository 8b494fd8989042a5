package io.latentsync.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContactSheetTest {
  /** Side of a picture on the sheet, in pixels. */
  private static final int SIDE = 150;

  private static final int MARGIN = 70;
  private static final int GAP = 3;
  private static final int WHITE = 255;

  @TempDir private Path folder;

  private static RgbImage grey(int level) {
    RgbImage image = RgbImage.black(50, 50);
    Arrays.fill(image.pixels(), (byte) level);
    return image;
  }

  @Test
  void picturesFillTheirPlacesWithWhiteBetweenThemAndNamesAtTheLeft() throws IOException {
    int[][] levels = {{50, 90, 110}, {130, 170, 190}};
    Path png = folder.resolve("sheet.png");
    ContactSheet.write(
        List.of(
            new ContactSheet.Row("one", List.of(grey(50), grey(90), grey(110))),
            new ContactSheet.Row("two", List.of(grey(130), grey(170), grey(190)))),
        png);

    BufferedImage sheet = ImageIO.read(png.toFile());
    assertThat(sheet.getWidth()).isEqualTo(MARGIN + 3 * (SIDE + GAP));
    assertThat(sheet.getHeight()).isEqualTo(2 * (SIDE + GAP));
    for (int row = 0; row < 2; row++) {
      for (int column = 0; column < 3; column++) {
        int left = MARGIN + column * (SIDE + GAP);
        int top = row * (SIDE + GAP);
        int level = levels[row][column];
        assertThat(level(sheet, left, top)).isEqualTo(level);
        assertThat(level(sheet, left + SIDE - 1, top + SIDE - 1)).isEqualTo(level);
        assertThat(level(sheet, left + SIDE, top)).as("gap at the right").isEqualTo(WHITE);
        assertThat(level(sheet, left, top + SIDE)).as("gap below").isEqualTo(WHITE);
      }
      assertThat(darkest(sheet, row * (SIDE + GAP) + SIDE / 2)).as("the name").isLessThan(100);
      assertThat(darkest(sheet, row * (SIDE + GAP) + SIDE)).as("no name").isEqualTo(WHITE);
    }
  }

  private static int level(BufferedImage sheet, int x, int y) {
    int rgb = sheet.getRGB(x, y);
    assertThat(rgb & 255).isEqualTo(rgb >> 8 & 255).isEqualTo(rgb >> 16 & 255);
    return rgb & 255;
  }

  /** The darkest pixel of the margin in the ten rows above a baseline. */
  private static int darkest(BufferedImage sheet, int baseline) {
    int darkest = WHITE;
    for (int y = baseline - 10; y < baseline; y++) {
      for (int x = 0; x < MARGIN; x++) {
        darkest = Math.min(darkest, level(sheet, x, y));
      }
    }
    return darkest;
  }
}
