package io.latentsync.face.blend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Skin in front of a wall, and a typical autoencoder's output of it. */
class SeamlessFitTest {
  private static final int SIDE = 128;
  private static final int[] WALL = {90, 60, 130};
  private static final int[] SKIN = {170, 110, 80};
  private static final int[] MOUTH = {60, 20, 30};

  private final Mask mask = Mask.bundled(SIDE);
  private final SeamlessFit fit = new SeamlessFit(mask);

  @Test
  void unchangedFilesAreNotReplaced() {
    FacePatch patch = fit.fit(head(), FacePixels.of(head()));
    assertThat(patch.share()).containsOnly(0);
    assertThat(patch.pixels()).containsExactly(FacePixels.of(head()), within(0.01f));
  }

  @Test
  void aMaskThatKeepsNothingShowsTheNewFaceAsItIs() {
    SeamlessFit nothingKept = new SeamlessFit(Mask.of(RgbImage.black(SIDE, SIDE), SIDE));
    RgbImage spoken = picture(WALL, skinOf(10));
    fill(spoken, 48, 86, 80, 98, MOUTH);
    FacePatch patch = nothingKept.fit(head(), FacePixels.of(spoken));
    for (int i = 0; i < SIDE * SIDE; i++) {
      assertThat(patch.share()[i]).isBetween(0f, 1f);
    }
    for (float pixel : patch.pixels()) {
      assertThat(pixel).isFinite();
    }
    assertThat(shareAt(patch, 64, 92)).isEqualTo(1);
  }

  @Test
  void eachSurfaceGetsTheColourOfItsSurroundings() {
    // A grey wall and a redder skin, as from an autoencoder that shifts hues.
    FacePatch patch = fit.fit(head(), FacePixels.of(picture(new int[] {95, 95, 95}, skinOf(25))));
    float[] right = FacePixels.of(head());
    for (int y = 40; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        // The edge itself may lie between two pixels.
        if (isSkin(x - 2, y) == isSkin(x + 2, y)) {
          for (int c = 0; c < 3; c++) {
            int at = (c * SIDE + y) * SIDE + x;
            assertThat(patch.pixels()[at])
                .as("colour %d at %d, %d", c, x, y)
                .isCloseTo(right[at], within(4 / 127.5f));
          }
        }
      }
    }
    assertThat(shareAt(patch, SIDE / 2, 96)).isZero();
    assertThat(shareAt(patch, 20, 84)).isZero();
  }

  @Test
  void aNewMouthIsVisibleAndTheMasksBorderIsNot() {
    RgbImage spoken = picture(WALL, skinOf(10));
    fill(spoken, 48, 86, 80, 98, MOUTH);
    FacePatch patch = fit.fit(head(), FacePixels.of(spoken));
    assertThat(shareAt(patch, 64, 92)).isEqualTo(1);
    for (int c = 0; c < 3; c++) {
      assertThat(patch.pixels()[(c * SIDE + 92) * SIDE + 64] * 127.5f + 127.5f)
          .isCloseTo(MOUTH[c], within(12f));
    }
    assertThat(shareAt(patch, 64, 70)).isZero();
    float[] keep = mask.values();
    for (int i = 0; i < keep.length; i++) {
      assertThat(patch.share()[i]).isBetween(0f, 1 - keep[i]);
    }
  }

  @Test
  void spotsOfAHueThatTheSourceDoesNotShowGetTheSkinsHue() {
    RgbImage spotted = head();
    int[] bluish = {SKIN[0] - 30, SKIN[1] + 10, SKIN[2] + 30};
    fill(spotted, 40, 80, 52, 92, bluish);
    FacePatch patch = fit.fit(head(), FacePixels.of(spotted));
    for (int c = 0; c < 3; c++) {
      assertThat(patch.pixels()[(c * SIDE + 86) * SIDE + 46] * 127.5f + 127.5f)
          .isCloseTo(SKIN[c], within(4f));
    }
    assertThat(shareAt(patch, 46, 86)).as("the source's own pixels are kept").isZero();
  }

  @Test
  void newTeethAreGreyAndNotBlue() {
    RgbImage smiling = head();
    fill(smiling, 50, 86, 78, 96, new int[] {200, 200, 230});
    FacePatch patch = fit.fit(head(), FacePixels.of(smiling));
    int centre = 91 * SIDE + 64;
    float red = patch.pixels()[centre] * 127.5f;
    float blue = patch.pixels()[2 * SIDE * SIDE + centre] * 127.5f;
    assertThat(red + 127.5f).isGreaterThan(190);
    assertThat(blue).isLessThanOrEqualTo(red + 0.01f).isGreaterThan(red - 20);
  }

  @Test
  void theSamePicturesGiveTheSameBits() {
    float[] face = FacePixels.of(picture(new int[] {95, 95, 95}, skinOf(25)));
    FacePatch once = fit.fit(head(), face);
    FacePatch again = new SeamlessFit(mask).fit(head(), face);
    assertThat(again.pixels()).isEqualTo(once.pixels());
    assertThat(again.share()).isEqualTo(once.share());
  }

  @Test
  void anotherSizeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fit.fit(RgbImage.black(64, 64), new float[3 * SIDE * SIDE]))
        .withMessageContaining("64×64")
        .withMessageContaining("128×128");
  }

  @Test
  void theShareIsTheOpacityOfAPatch() {
    RgbImage frame = RgbImage.black(200, 200);
    float[] white = new float[3 * SIDE * SIDE];
    Arrays.fill(white, 1);
    float[] lowerHalf = new float[SIDE * SIDE];
    Arrays.fill(lowerHalf, SIDE * SIDE / 2, SIDE * SIDE, 0.5f);
    FaceTemplate template = new FaceTemplate(SIDE);
    PixelRectangle changed =
        new FacePaster(template)
            .paste(frame, new FacePatch(white, lowerHalf), new AffineMatrix(1, 0, -40, 0, 1, -20));
    assertThat(changed.y0()).isGreaterThanOrEqualTo(20 + template.height() / 2 - 1);
    assertThat(level(frame, 40 + template.width() / 2, 20 + template.height() / 4)).isZero();
    assertThat(level(frame, 40 + template.width() / 2, 20 + 3 * template.height() / 4))
        .isBetween(126, 128);
  }

  private static int level(RgbImage image, int x, int y) {
    return image.pixels()[3 * (y * image.width() + x)] & 0xff;
  }

  private static float shareAt(FacePatch patch, int x, int y) {
    return patch.share()[y * SIDE + x];
  }

  private static RgbImage head() {
    return picture(WALL, SKIN);
  }

  private static int[] skinOf(int redder) {
    return new int[] {SKIN[0] + redder, SKIN[1], SKIN[2] - redder / 2};
  }

  private static RgbImage picture(int[] wall, int[] skin) {
    RgbImage image = RgbImage.black(SIDE, SIDE);
    fill(image, 0, 0, SIDE, SIDE, wall);
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        if (isSkin(x, y)) {
          fill(image, x, y, x + 1, y + 1, skin);
        }
      }
    }
    return image;
  }

  private static boolean isSkin(int x, int y) {
    boolean face = Math.hypot((x - 64) / 46.0, (y - 50) / 62.0) < 1;
    boolean neck = Math.abs(x - 64) < 30 && y > 64;
    return face || neck;
  }

  private static void fill(RgbImage image, int x0, int y0, int x1, int y1, int[] colour) {
    for (int y = y0; y < y1; y++) {
      for (int x = x0; x < x1; x++) {
        for (int c = 0; c < 3; c++) {
          image.pixels()[3 * (y * SIDE + x) + c] = (byte) colour[c];
        }
      }
    }
  }
}
