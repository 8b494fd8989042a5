package io.latentsync.face.blend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceCropper;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.Resampling;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetailTransferTest {
  private static final int SIDE = 64;
  private static final int FRAME = 400;
  private static final FaceTemplate TEMPLATE = new FaceTemplate(SIDE);

  /** A face 4 times as large as the template, a little turned. */
  private static final AffineMatrix MATRIX =
      new AffineMatrix(0.25f, 0.02f, -28, -0.02f, 0.25f, -11);

  private final FaceCropper cropper = new FaceCropper(TEMPLATE, Resampling.TEXTURED);
  private final FacePaster paster = new FacePaster(TEMPLATE, Resampling.TEXTURED);
  private final DetailTransfer transfer = new DetailTransfer(SIDE);
  private final RgbImage frame = noise();

  private static RgbImage noise() {
    RgbImage picture = RgbImage.black(FRAME, FRAME);
    Random random = new Random(3);
    for (int i = 0; i < picture.pixels().length; i++) {
      picture.pixels()[i] = (byte) (100 + random.nextInt(60));
    }
    return picture;
  }

  private RgbImage pasted(FacePatch patch) {
    RgbImage copy = frame.copy();
    paster.paste(copy, patch, MATRIX);
    return copy;
  }

  private FacePatch textured(float[] face) {
    return transfer.to(FacePatch.whole(face), cropper.crop(frame, MATRIX));
  }

  /** Pixels of the frame around a place of the aligned face, in pixels of the square. */
  private static PixelRectangle around(float x, float y, int reach) {
    AffineMatrix toFrame = TEMPLATE.toSquare(MATRIX).inverse();
    int u = Math.round(toFrame.m00() * x + toFrame.m01() * y + toFrame.m02());
    int v = Math.round(toFrame.m10() * x + toFrame.m11() * y + toFrame.m12());
    return new PixelRectangle(u - reach, v - reach, u + reach, v + reach);
  }

  private static byte[] pixels(RgbImage picture, PixelRectangle area) {
    byte[] pixels = new byte[3 * (area.x1() - area.x0()) * (area.y1() - area.y0())];
    int row = 3 * (area.x1() - area.x0());
    for (int y = area.y0(); y < area.y1(); y++) {
      System.arraycopy(
          picture.pixels(),
          3 * (y * picture.width() + area.x0()),
          pixels,
          (y - area.y0()) * row,
          row);
    }
    return pixels;
  }

  @ParameterizedTest
  @CsvSource({"8, 40", "56, 40", "32, 10", "32, 58", "12, 56"})
  void aFaceThatIsNotChangedLeavesTheSkinAsItWas(float x, float y) {
    RgbImage after = pasted(textured(FacePixels.of(cropper.crop(frame, MATRIX))));

    PixelRectangle skin = around(x, y, 8);
    assertThat(pixels(after, skin)).containsExactly(pixels(frame, skin));
  }

  @Test
  void theLipsGetNothingOfTheSource() {
    float[] face = new float[3 * SIDE * SIDE];
    for (int i = 0; i < face.length; i++) {
      face[i] = (float) Math.sin(i / 7.0) / 2;
    }

    PixelRectangle lips = around(32, 40, 16);
    assertThat(pixels(pasted(textured(face)), lips))
        .containsExactly(pixels(pasted(FacePatch.whole(face)), lips));
  }

  @Test
  void aFaceWithAnotherColourGetsAllOfTheFineTexture() {
    float[] darker = FacePixels.of(cropper.crop(frame, MATRIX));
    for (int i = 0; i < darker.length; i++) {
      darker[i] -= 40 / 127.5f;
    }
    PixelRectangle skin = around(53, 40, 8);
    byte[] expected = pixels(frame, skin);
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (byte) (expected[i] - 40);
    }
    assertThat(pixels(pasted(textured(darker)), skin)).containsExactly(expected);
  }

  @Test
  void whereContoursHaveMovedNothingOfTheSourceIsAdded() {
    float[] face = FacePixels.of(cropper.crop(frame, MATRIX));
    for (int i = 0; i < face.length; i++) {
      face[i] += i % SIDE % 4 < 2 ? 0.5f : -0.5f;
    }
    PixelRectangle skin = around(32, 16, 30);
    assertThat(pixels(pasted(textured(face)), skin))
        .containsExactly(pixels(pasted(FacePatch.whole(face)), skin));
  }
}
