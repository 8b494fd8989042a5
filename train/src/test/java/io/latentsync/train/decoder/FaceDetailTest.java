package io.latentsync.train.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.RgbImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FaceDetailTest {
  private static final int SIDE = 32;

  @Test
  void theTruthItselfHasNoErrorAndAllItsDetail() {
    List<List<RgbImage>> truth = List.of(List.of(stripes(100, 40), stripes(120, 40)));
    assertThat(FaceDetail.of(truth, truth)).isEqualTo(new FaceDetail(0, 1, 0));
  }

  @Test
  void halfTheContrastHasAQuarterOfTheEnergy() {
    List<List<RgbImage>> truth = List.of(List.of(stripes(100, 40), stripes(120, 40)));
    List<List<RgbImage>> soft = List.of(List.of(stripes(110, 20), stripes(130, 20)));
    FaceDetail detail = FaceDetail.of(soft, truth);
    assertThat(detail.energy()).isCloseTo(0.25, within(1e-9));
    assertThat(detail.flicker()).isZero();
    assertThat(detail.error()).isEqualTo(10);
  }

  @Test
  void flickerIsTheDifferenceFromTheTrueChangeOfNeighbours() {
    List<List<RgbImage>> truth =
        List.of(List.of(stripes(100, 40)), List.of(stripes(10, 40), stripes(20, 40)));
    List<List<RgbImage>> steady =
        List.of(List.of(stripes(90, 40)), List.of(stripes(10, 40), stripes(10, 40)));
    assertThat(FaceDetail.of(steady, truth).flicker()).isEqualTo(10);
  }

  /** Columns of two grey levels in turn. */
  private static RgbImage stripes(int dark, int contrast) {
    byte[] pixels = new byte[3 * SIDE * SIDE];
    Arrays.fill(pixels, (byte) dark);
    for (int i = 0; i < SIDE * SIDE; i += 2) {
      Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) (dark + contrast));
    }
    return new RgbImage(SIDE, SIDE, pixels);
  }
}
