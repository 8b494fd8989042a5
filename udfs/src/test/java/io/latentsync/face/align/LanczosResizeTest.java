package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.image.RgbImage;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LanczosResizeTest {

  @ParameterizedTest
  @ValueSource(ints = {8, 24, 64, 256, 512})
  void theBytesAreThoseOfOpenCv(int resolution) {
    FaceTemplate template = new FaceTemplate(resolution);
    LanczosResize resize =
        new LanczosResize(template.width(), template.height(), resolution, resolution);
    Random random = new Random(resolution);
    for (int contrast : new int[] {255, 40}) {
      RgbImage image = RgbImage.black(template.width(), template.height());
      for (int i = 0; i < image.pixels().length; i++) {
        // Black and white noise overshoots most.
        image.pixels()[i] =
            (byte) (contrast == 255 ? 255 * random.nextInt(2) : 100 + random.nextInt(contrast));
      }
      assertThat(resize.resize(image).pixels())
          .isEqualTo(Lanczos.resize(image, resolution, resolution).pixels());
    }
  }
}
