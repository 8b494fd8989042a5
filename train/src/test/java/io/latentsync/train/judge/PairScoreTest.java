package io.latentsync.train.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PairScoreTest {
  private static final int SIDE = 50;

  @TempDir private Path folder;

  private static RgbImage grey(int level) {
    RgbImage image = RgbImage.black(SIDE, SIDE);
    Arrays.fill(image.pixels(), (byte) level);
    return image;
  }

  @Test
  void onlyTheMouthRegionCounts() {
    RgbImage elsewhere = grey(100);
    Arrays.fill(elsewhere.pixels(), 0, 3 * SIDE * SIDE / 2, (byte) 0);
    assertThat(MouthRegion.error(grey(100), elsewhere)).isZero();
    assertThat(MouthRegion.error(grey(100), grey(130))).isEqualTo(30);
  }

  @Test
  void changeAcrossBordersIsToldFromChangeWithinChunks() {
    List<RgbImage> faces =
        IntStream.range(0, 12).mapToObj(i -> grey(10 + i + 20 * (i / 4))).toList();
    assertThat(PairScore.change(faces, 4, true)).isEqualTo(21);
    assertThat(PairScore.change(faces, 4, false)).isEqualTo(1);
  }

  @Test
  void aSeriesGoesWithItselfAndNotWithAnother() {
    float[] slow = new float[100];
    float[] fast = new float[80];
    for (int i = 0; i < slow.length; i++) {
      slow[i] = (float) Math.sin(2 * Math.PI * i / 20);
    }
    for (int i = 0; i < fast.length; i++) {
      fast[i] = (float) Math.sin(2 * Math.PI * i / 8);
    }
    assertThat(PairScore.inPlace(slow, slow)).isCloseTo(1, within(1e-9));
    assertThat(PairScore.inPlace(slow, fast)).isCloseTo(0, within(1e-6));
  }

  @Test
  void aContactSheetShowsThePicturesInTheirRows() throws IOException {
    Path png = folder.resolve("sheet.png");
    ContactSheet.write(
        List.of(
            new ContactSheet.Row("one", List.of(grey(50), grey(90))),
            new ContactSheet.Row("two", List.of(grey(130), grey(170)))),
        png);
    BufferedImage sheet = ImageIO.read(png.toFile());
    int right = sheet.getWidth() - 20;
    int left = right - 153;
    assertThat(sheet.getRGB(left, 75) & 255).isEqualTo(50);
    assertThat(sheet.getRGB(right, 75) & 255).isEqualTo(90);
    assertThat(sheet.getRGB(left, 228) & 255).isEqualTo(130);
    assertThat(sheet.getRGB(right, 228) & 255).isEqualTo(170);
  }
}
