package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LanczosWarpTest {
  private static final int WIDTH = 40;
  private static final int HEIGHT = 30;

  private final LanczosWarp warp = new LanczosWarp();

  /** {@code [HEIGHT, WIDTH, CHANNELS]}. */
  private record Pixels(float[] values) implements LanczosWarp.Source {
    @Override
    public int width() {
      return WIDTH;
    }

    @Override
    public int height() {
      return HEIGHT;
    }

    @Override
    public void row(int y, float[] pixels) {
      for (int x = 0; x < WIDTH; x++) {
        copy(y * WIDTH + x, pixels, x);
      }
    }

    @Override
    public void column(int x, float[] pixels) {
      for (int y = 0; y < HEIGHT; y++) {
        copy(y * WIDTH + x, pixels, y);
      }
    }

    private void copy(int index, float[] pixels, int at) {
      System.arraycopy(
          values,
          LanczosWarp.CHANNELS * index,
          pixels,
          LanczosWarp.CHANNELS * at,
          LanczosWarp.CHANNELS);
    }
  }

  private static float[] noise() {
    Random random = new Random(5);
    float[] picture = new float[LanczosWarp.CHANNELS * WIDTH * HEIGHT];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = random.nextInt(256);
    }
    return picture;
  }

  @Test
  void theIdentityCopiesThePicture() {
    float[] picture = noise();
    float[] copy =
        warp.warp(
            new Pixels(picture),
            new AffineMatrix(1, 0, 0, 0, 1, 0),
            new PixelRectangle(0, 0, WIDTH, HEIGHT));
    assertThat(Arrays.copyOf(copy, picture.length)).containsExactly(picture);
  }

  @Test
  void aQuarterTurnMovesPixels() {
    float[] picture = noise();
    float[] turned =
        warp.warp(
            new Pixels(picture),
            new AffineMatrix(0, 1, 0, -1, 0, HEIGHT - 1),
            new PixelRectangle(0, 0, HEIGHT, WIDTH));
    for (int y = 0; y < WIDTH; y++) {
      for (int x = 0; x < HEIGHT; x++) {
        for (int c = 0; c < LanczosWarp.CHANNELS; c++) {
          assertThat(turned[LanczosWarp.CHANNELS * (y * HEIGHT + x) + c])
              .isEqualTo(picture[LanczosWarp.CHANNELS * ((HEIGHT - 1 - x) * WIDTH + y) + c]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 1, 2.7})
  void anEvenPictureStaysEvenUpToBeyondItsEdges(double scale) {
    float[] even = new float[LanczosWarp.CHANNELS * WIDTH * HEIGHT];
    Arrays.fill(even, 200);
    float step = (float) scale;
    float[] target =
        warp.warp(
            new Pixels(even),
            new AffineMatrix(step, 0.2f * step, -9, -0.2f * step, step, -9),
            new PixelRectangle(-5, -5, 50, 60));
    for (int i = 0; i < LanczosWarp.CHANNELS * 55 * 65; i++) {
      assertThat(target[i]).isCloseTo(200, within(1e-3f));
    }
  }

  /** A face that is turned and {@code scale} times as large as the template. */
  private static AffineMatrix face(double scale, double degrees) {
    double cosine = Math.cos(Math.toRadians(degrees)) / scale;
    double sine = Math.sin(Math.toRadians(degrees)) / scale;
    // The centre of the frame is the centre of the template of resolution 64.
    return new AffineMatrix(
        (float) cosine,
        (float) sine,
        (float) (26 - 200 * cosine - 200 * sine),
        (float) -sine,
        (float) cosine,
        (float) (35 + 200 * sine - 200 * cosine));
  }

  private static RgbImage stripes(double cycles, double degrees) {
    RgbImage picture = RgbImage.black(400, 400);
    double across = Math.cos(Math.toRadians(degrees));
    double down = Math.sin(Math.toRadians(degrees));
    for (int i = 0; i < picture.pixels().length; i++) {
      double place = i / 3 % 400 * across + Math.floorDiv(i, 1200) * down;
      picture.pixels()[i] = (byte) Math.round(128 + 100 * Math.sin(2 * Math.PI * cycles * place));
    }
    return picture;
  }

  private static double deviation(RgbImage face) {
    double sum = 0;
    for (byte level : face.pixels()) {
      sum += Math.pow((level & 255) - 128, 2);
    }
    return Math.sqrt(sum / face.pixels().length);
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 0", "3, 0, 90", "3, 20, 0", "3, 20, -30", "2, 45, 0", "2, 160, 80"})
  void stripesTooFineForTheSquareVanishInsteadOfBecomingCoarser(
      double scale, double degrees, double direction) {
    FaceTemplate template = new FaceTemplate(64);
    AffineMatrix matrix = face(scale, degrees);
    // Their mirror image about the sampling frequency of the square is far coarser.
    RgbImage fine = stripes(0.9 / scale, direction + degrees);
    RgbImage sharp = new FaceCropper(template, Resampling.SHARP).crop(fine, matrix);
    assertThat(deviation(sharp)).isLessThan(1);
    RgbImage reference = new FaceCropper(template).crop(fine, matrix);
    assertThat(deviation(reference)).isGreaterThan(30);
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 0", "3, 0, 90", "3, 20, 30", "2, -70, 10", "0.8, 10, 0"})
  void stripesThatTheSquareCanShowKeepTheirContrast(
      double scale, double degrees, double direction) {
    AffineMatrix matrix = face(scale, degrees);
    RgbImage stripes = stripes(Math.min(0.3, 0.28 / scale), direction + degrees);
    RgbImage sharp = new FaceCropper(new FaceTemplate(64), Resampling.SHARP).crop(stripes, matrix);
    assertThat(deviation(sharp)).isBetween(67.0, 74.0);
  }

  @Test
  void ofStripesAcrossATurnedFaceSomeIsLeft() {
    FaceTemplate template = new FaceTemplate(64);
    AffineMatrix matrix = face(3, 20);
    RgbImage fine = stripes(0.9 / 3, 30 + 20);
    double sharp = deviation(new FaceCropper(template, Resampling.SHARP).crop(fine, matrix));
    double reference = deviation(new FaceCropper(template).crop(fine, matrix));
    assertThat(sharp / reference).isBetween(0.3, 0.45);
  }
}
