package io.latentsync.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.RgbImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PairScoreTest {
  private static final int SIDE = 50;

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
  void changeAtBordersAndChangeWithinChunksAreMeasuredSeparately() {
    List<RgbImage> faces =
        IntStream.range(0, 12).mapToObj(i -> grey(10 + i + 20 * (i / 4))).toList();
    assertThat(PairScore.change(faces, 4, true)).isEqualTo(21);
    assertThat(PairScore.change(faces, 4, false)).isEqualTo(1);
  }

  @Test
  void aSeriesCorrelatesWithItselfAndNotWithAnother() {
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
}
