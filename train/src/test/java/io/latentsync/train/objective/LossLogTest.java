package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LossLogTest {
  @TempDir private Path folder;

  @Test
  void whatAnInterruptedRunLoggedBehindItsSavedStateIsDropped() throws IOException {
    Path csv = folder.resolve("loss.csv");
    try (LossLog log = LossLog.open(csv, 0)) {
      for (int step = 0; step < 5; step++) {
        log.add(new Training.Report(step, 1.0 / (step + 1), 2, 0.001));
      }
    }
    try (LossLog log = LossLog.open(csv, 3)) {
      log.add(new Training.Report(3, 9, 2, 0.001));
    }
    assertThat(Files.readAllLines(csv))
        .containsExactly(
            "step,loss,gradient_norm,learning_rate",
            "0,1.00000,2.000,0.001000",
            "1,0.500000,2.000,0.001000",
            "2,0.333333,2.000,0.001000",
            "3,9.00000,2.000,0.001000");
  }

  @Test
  void theCurveIsDrawn() throws IOException {
    Path png = folder.resolve("loss.png");
    try (LossLog log = LossLog.open(folder.resolve("loss.csv"), 0)) {
      for (int step = 0; step < 2500; step++) {
        log.add(new Training.Report(step, Math.exp(-step / 500.0), 2, 0.001));
      }
      log.plot(png, "a curve");
    }
    BufferedImage picture = ImageIO.read(png.toFile());
    // From the upper left to the lower right: the curve's colour is in both halves of the picture.
    assertThat(picture.getWidth()).isEqualTo(900);
    assertThat(coloured(picture, 0, 450)).isPositive();
    assertThat(coloured(picture, 450, 900)).isPositive();
  }

  private static int coloured(BufferedImage picture, int from, int to) {
    int count = 0;
    for (int x = from; x < to; x++) {
      for (int y = 0; y < picture.getHeight(); y++) {
        int rgb = picture.getRGB(x, y);
        boolean grey = (rgb >> 16 & 255) == (rgb & 255);
        count += grey ? 0 : 1;
      }
    }
    return count;
  }
}
