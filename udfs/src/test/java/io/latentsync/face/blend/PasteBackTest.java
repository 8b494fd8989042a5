package io.latentsync.face.blend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.GeometryPictures;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faces at various positions that are cropped from frames and pasted back. */
class PasteBackTest {
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);

  private final FaceCropper cropper = new FaceCropper(TEMPLATE);
  private final FacePaster paster = new FacePaster(TEMPLATE);

  @ParameterizedTest
  @CsvSource({
    "320, 240, 1.0, 0",
    "320, 240, 1.2, 25",
    "320, 240, 0.8, -140",
    "30, 240, 1.0, 0",
    "320, 20, 1.0, 10",
    "630, 470, 1.1, -20",
    "320, 240, 3.0, 5"
  })
  void croppingAndPastingAFaceKeepsTheFrame(
      float centreX, float centreY, double size, double degrees) {
    RgbImage before = GeometryPictures.waves(640, 480);
    AffineMatrix matrix = placed(centreX, centreY, size, degrees);
    RgbImage after = before.copy();

    PixelRectangle region =
        paster.paste(after, FacePatch.whole(FacePixels.of(cropper.crop(before, matrix))), matrix);

    assertThat(region.isEmpty()).isFalse();
    // At the frame's edge, resampling mixes in the grey from outside.
    int reach = (int) Math.ceil(5 * size);
    int farthest = 0;
    for (int y = reach; y < 480 - reach; y++) {
      for (int k = 3 * (y * 640 + reach); k < 3 * (y * 640 + 640 - reach); k++) {
        farthest =
            Math.max(farthest, Math.abs((after.pixels()[k] & 255) - (before.pixels()[k] & 255)));
      }
    }
    assertThat(farthest).isLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "320, 240, 1.0, 0",
    "320, 240, 0.3, 77",
    "10, 470, 1.0, 30",
    "320, 240, 9.0, 5",
    "200, 200, 0.05, 0",
    "200, 200, 0.001, 0"
  })
  void nothingOutsideTheReportedRegionChanges(
      float centreX, float centreY, double size, double degrees) {
    RgbImage before = GeometryPictures.waves(640, 480);
    RgbImage after = before.copy();

    PixelRectangle region =
        paster.paste(after, FacePatch.whole(white()), placed(centreX, centreY, size, degrees));

    for (int k = 0; k < before.pixels().length; k++) {
      if (before.pixels()[k] != after.pixels()[k]) {
        assertThat(region.contains(k / 3 % 640, k / 3 / 640)).isTrue();
      }
    }
  }

  @Test
  void theMiddleOfTheFaceIsOpaqueAndItsEdgeFades() {
    RgbImage frame = RgbImage.black(640, 480);
    paster.paste(frame, FacePatch.whole(white()), placed(320, 240, 1, 0));
    int row = 240 * 640;
    assertThat(red(frame, row + 320)).isEqualTo(255);
    int step = 0;
    for (int x = 1; x < 640; x++) {
      step = Math.max(step, Math.abs(red(frame, row + x) - red(frame, row + x - 1)));
    }
    assertThat(step).as("steepest step along a row").isLessThan(40);
  }

  @Test
  void aFaceOfTwentyPixelsIsPasted() {
    RgbImage frame = RgbImage.black(640, 480);
    PixelRectangle region =
        paster.paste(frame, FacePatch.whole(white()), placed(320, 240, 15 / 210.0, 0));
    assertThat(region.x1() - region.x0()).isBetween(10, 17);
    assertThat(red(frame, 240 * 640 + 320)).isEqualTo(255);
  }

  @Test
  void faceOutsideTheFrameChangesNothing() {
    RgbImage before = GeometryPictures.waves(64, 48);
    RgbImage after = before.copy();
    for (float x : new float[] {-500, 700, 1e9f}) {
      PixelRectangle region = paster.paste(after, FacePatch.whole(white()), placed(x, 24, 1, 12));
      assertThat(region).isEqualTo(PixelRectangle.EMPTY);
      assertThat(region.isEmpty()).isTrue();
    }
    assertThat(after.pixels()).isEqualTo(before.pixels());
  }

  @Test
  void pixelsOutsideTheFrameAreGrey() {
    RgbImage face = cropper.crop(RgbImage.black(64, 48), placed(-5000, 0, 1, 0));
    assertThat(face.width()).isEqualTo(256);
    assertThat(face.height()).isEqualTo(256);
    byte[] grey = new byte[3 * 256 * 256];
    Arrays.fill(grey, (byte) 127);
    assertThat(face.pixels()).isEqualTo(grey);
  }

  @Test
  void theResultDoesNotDependOnEarlierFrames() {
    RgbImage source = GeometryPictures.waves(640, 480);
    AffineMatrix matrix = placed(300, 200, 0.9, 8);
    float[] face = FacePixels.of(GeometryPictures.waves(256, 256));
    RgbImage first = source.copy();
    PixelRectangle region = new FacePaster(TEMPLATE).paste(first, FacePatch.whole(face), matrix);
    byte[] cut = new FaceCropper(TEMPLATE).crop(source, matrix).pixels();

    paster.paste(source.copy(), FacePatch.whole(white()), placed(320, 240, 2.5, 70));
    byte[] elsewhere = cropper.crop(source, placed(0, 0, 2.5, 70)).pixels();
    byte[] copy = elsewhere.clone();
    RgbImage second = source.copy();

    assertThat(paster.paste(second, FacePatch.whole(face), matrix)).isEqualTo(region);
    assertThat(second.pixels()).isEqualTo(first.pixels());
    assertThat(cropper.crop(source, matrix).pixels()).isEqualTo(cut);
    assertThat(elsewhere).as("a face that was returned earlier").isEqualTo(copy);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 200", "200, 1", "3, 2"})
  void framesOfFewPixelsWork(int width, int height) {
    RgbImage frame = RgbImage.black(width, height);
    AffineMatrix matrix = placed(width / 2f, height / 2f, 1, 3);
    assertThat(cropper.crop(frame, matrix).pixels()).hasSize(3 * 256 * 256);
    PixelRectangle region = paster.paste(frame, FacePatch.whole(white()), matrix);
    assertThat(region).isEqualTo(new PixelRectangle(0, 0, width, Math.min(height, region.y1())));
    assertThat(red(frame, width * height / 2)).isEqualTo(255);
  }

  @Test
  void faceOfAnotherResolutionIsRefused() {
    assertThatThrownBy(
            () ->
                paster.paste(
                    RgbImage.black(8, 8),
                    FacePatch.whole(new float[3 * 64 * 64]),
                    placed(4, 4, 1, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3×256×256 has 196608 values, got 12288");
  }

  /** The map to the template for a face of this centre, size (1 = the template's) and turn. */
  private static AffineMatrix placed(float centreX, float centreY, double size, double degrees) {
    double turn = Math.toRadians(degrees);
    double a = Math.cos(turn) / size;
    double b = Math.sin(turn) / size;
    return new AffineMatrix(
        (float) a,
        (float) b,
        (float) (105 - a * centreX - b * centreY),
        (float) -b,
        (float) a,
        (float) (140 + b * centreX - a * centreY));
  }

  private static float[] white() {
    float[] face = new float[3 * 256 * 256];
    Arrays.fill(face, 1);
    return face;
  }

  private static int red(RgbImage image, int pixel) {
    return image.pixels()[3 * pixel] & 0xff;
  }
}
