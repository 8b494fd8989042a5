package io.latentsync.media.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LumaDifferenceTest {
  private static final VideoProbe VIDEO = VideoProbe.ofPictures(64, 48);

  /** A grey picture with a lighter rectangle. */
  private static VideoFrame picture(PixelRectangle light) {
    RgbImage image = RgbImage.black(64, 48);
    for (int y = 0; y < 48; y++) {
      for (int x = 0; x < 64; x++) {
        boolean inside = x >= light.x0() && x < light.x1() && y >= light.y0() && y < light.y1();
        for (int c = 0; c < 3; c++) {
          image.pixels()[3 * (y * 64 + x) + c] = (byte) (inside ? 200 : 100);
        }
      }
    }
    return VideoFrame.of(image, VIDEO);
  }

  @Test
  void onlyTheChosenPixelsAreCompared() {
    PixelRectangle none = new PixelRectangle(0, 0, 0, 0);
    PixelRectangle changed = new PixelRectangle(16, 8, 32, 24);
    try (VideoFrame before = picture(none);
        VideoFrame after = picture(changed)) {
      LumaDifference all = LumaDifference.outside(before, after, List.of());
      assertThat(all.samples()).isEqualTo(64 * 48);
      // 100 levels of grey are 86 of luma in limited range.
      assertThat(all.squares()).isCloseTo(16 * 16 * 86 * 86, within(16 * 16 * 400.0));
      assertThat(LumaDifference.outside(before, after, List.of(changed)))
          .isEqualTo(new LumaDifference(0, 64 * 48 - 16 * 16));
      assertThat(LumaDifference.inside(before, after, changed).samples()).isEqualTo(16 * 16);
      assertThat(LumaDifference.inside(before, after, changed).squares()).isEqualTo(all.squares());
      assertThat(LumaDifference.inside(before, after, new PixelRectangle(-9, -9, 16, 999)))
          .isEqualTo(new LumaDifference(0, 16 * 48));
    }
  }

  @Test
  void overlappingRectanglesAreLeftOutOnce() {
    PixelRectangle none = new PixelRectangle(0, 0, 0, 0);
    try (VideoFrame picture = picture(none)) {
      LumaDifference outside =
          LumaDifference.outside(
              picture,
              picture,
              List.of(new PixelRectangle(20, 0, 40, 48), new PixelRectangle(10, 0, 30, 48)));
      assertThat(outside.samples()).isEqualTo(34 * 48);
    }
  }

  @Test
  void psnrIsThatOfTheMeanSquaredDifference() {
    assertThat(new LumaDifference(0, 10).psnr()).isEqualTo(100);
    assertThat(new LumaDifference(65025, 1).psnr()).isZero();
    assertThat(new LumaDifference(650.25, 10).psnr()).isCloseTo(30, within(1e-9));
    assertThat(LumaDifference.NONE.psnr()).isNaN();
    assertThat(LumaDifference.NONE.plus(new LumaDifference(1, 2)).plus(LumaDifference.NONE))
        .isEqualTo(new LumaDifference(1, 2));
  }
}
