package io.latentsync.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LossLogTest {
  @TempDir private Path folder;

  @Test
  void linesAfterTheSavedStateOfAnInterruptedRunAreDropped() throws IOException {
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
  void aPartOfALineThatAKilledRunWroteIsDropped() throws IOException {
    Path csv = folder.resolve("loss.csv");
    for (String end : new String[] {"1", "12", "1,0.5", "1,0.5,2,0.0", ""}) {
      Files.writeString(
          csv, "step,loss,gradient_norm,learning_rate\n0,1.00000,2.000,0.001000\n" + end);
      LossLog.open(csv, 100).close();
      assertThat(csv)
          .as(end)
          .hasContent("step,loss,gradient_norm,learning_rate\n0,1.00000,2.000,0.001000\n");
    }
  }

  @Test
  void stepsWithoutAFiniteLossAreNotDrawn() throws IOException {
    Path png = folder.resolve("loss.png");
    try (LossLog log = LossLog.open(folder.resolve("loss.csv"), 0)) {
      log.add(new Training.Report(0, Double.POSITIVE_INFINITY, Double.NaN, 0.001));
      assertThat(log.isEmpty()).isTrue();
      log.add(new Training.Report(1, Double.NaN, Double.NaN, 0.001));
      log.add(new Training.Report(2, 1, 2, 0.001));
      log.add(new Training.Report(3, 0.5, 2, 0.001));
      assertThat(log.isEmpty()).isFalse();
      log.plot(png, "a curve");
    }
    assertThat(curve(ImageIO.read(png.toFile()))).isNotEmpty();
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
    assertThat(picture.getWidth()).isEqualTo(900);
    assertThat(picture.getHeight()).isEqualTo(500);
    // An exponential on a logarithmic axis: a straight line from the upper left to the lower right.
    SortedMap<Integer, Double> curve = curve(picture);
    int left = curve.firstKey();
    int right = curve.lastKey();
    assertThat(left).isLessThan(150);
    assertThat(right).isGreaterThan(750);
    assertThat(curve).as("no column is left out").hasSize(right - left + 1);
    double top = curve.get(left);
    double bottom = curve.get(right);
    assertThat(top).isLessThan(100);
    assertThat(bottom).isGreaterThan(350);
    curve.forEach(
        (x, y) ->
            assertThat(y)
                .as("column %d", x)
                .isCloseTo(top + (bottom - top) * (x - left) / (right - left), within(3.0)));
  }

  /**
   * The mean row of the coloured pixels in each column that has some. All other pixels are grey.
   */
  private static SortedMap<Integer, Double> curve(BufferedImage picture) {
    SortedMap<Integer, Double> curve = new TreeMap<>();
    for (int x = 0; x < picture.getWidth(); x++) {
      int column = x;
      IntStream.range(0, picture.getHeight())
          .filter(y -> (picture.getRGB(column, y) >> 16 & 255) != (picture.getRGB(column, y) & 255))
          .average()
          .ifPresent(row -> curve.put(column, row));
    }
    return curve;
  }
}
