package io.latentsync.face.blend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.face.align.GeometryPictures;
import io.latentsync.image.RgbImage;
import io.latentsync.testing.BlankPng;
import io.latentsync.testing.Oracles;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTest {

  @Test
  void bundledMaskEqualsThePaintersOutput() {
    float[] painted = Mask.of(GeometryPictures.of(MaskPainter.paint()), 256).values();
    assertThat(Mask.bundled(256).values()).containsExactly(painted);
  }

  @Test
  void bundledMaskKeepsTheNoseAndTheForeheadAndFreesTheMouth() {
    float[] values = Mask.bundled(256).values();
    assertThat(values[60 * 256 + 128]).as("forehead").isEqualTo(1);
    assertThat(values[112 * 256 + 128]).as("nose").isEqualTo(1);
    assertThat(values[112 * 256 + 40]).as("cheek").isEqualTo(0);
    assertThat(values[180 * 256 + 128]).as("mouth").isEqualTo(0);
    assertThat(values[250 * 256 + 128]).as("below the chin").isEqualTo(1);
  }

  @Test
  @Tag("oracle")
  void bundledMaskCoversTheSameFaceAsTheReferences() throws IOException {
    for (Path folder : Oracles.folders("geometry")) {
      RgbImage picture = GeometryPictures.read(folder.resolve("mask.png"));
      float[] expected = Mask.of(picture, picture.width()).values();
      float[] actual = Mask.bundled(picture.width()).values();
      int both = 0;
      int either = 0;
      for (int i = 0; i < expected.length; i++) {
        both += expected[i] < 0.5 && actual[i] < 0.5 ? 1 : 0;
        either += expected[i] < 0.5 || actual[i] < 0.5 ? 1 : 0;
      }
      assertThat((double) both / either).isGreaterThan(0.985);
    }
  }

  @Test
  void maskOfAnotherSizeHasSoftEdgesWithinZeroAndOne() {
    float[] values = Mask.bundled(512).values();
    int soft = 0;
    for (float value : values) {
      assertThat(value).isBetween(0f, 1f);
      soft += value > 0 && value < 1 ? 1 : 0;
    }
    assertThat(soft).isBetween(1_000, 20_000);
  }

  @Test
  void latentMaskIsEveryEighthValue() {
    Mask mask = Mask.bundled(256);
    float[] latent = mask.latent();
    assertThat(latent).hasSize(32 * 32);
    for (int i = 0; i < latent.length; i++) {
      assertThat(latent[i]).isEqualTo(mask.values()[i / 32 * 8 * 256 + i % 32 * 8]);
    }
  }

  @Test
  void fileThatIsNoPictureIsNamedInTheError(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("keine Maske ä.png");
    assertThatThrownBy(() -> Mask.of(missing, 256))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("no such file");
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    assertThatThrownBy(() -> Mask.of(text, 256))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(text.toString());
    Path empty = Files.createFile(folder.resolve("empty.png"));
    assertThatThrownBy(() -> Mask.of(empty, 256))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is empty");
  }

  @Test
  void pictureFileWithAnyNameIsReadInItsTrueColours(@TempDir Path folder) throws IOException {
    RgbImage picture = GeometryPictures.waves(256, 256);
    Path file = folder.resolve("Maske ü 1.png");
    GeometryPictures.write(picture, file);
    assertThat(Mask.of(file, 256).values()).containsExactly(Mask.of(picture, 256).values());
  }

  @Test
  @Timeout(20)
  void aPictureThatIsTooLargeIsRefusedByItsHeader(@TempDir Path folder) throws IOException {
    Path large = BlankPng.write(folder.resolve("large.png"), 30_000, 30_000);
    assertThat(Files.size(large)).isLessThan(1_000_000);
    assertThatThrownBy(() -> Mask.of(large, 256))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "%s: has 30000×30000 pixels, but a mask may have 67108864 at most, such as"
                    .formatted(large)
                + " 8192×8192");
    Path narrow = BlankPng.write(folder.resolve("narrow.png"), 1, 200_000);
    assertThat(Mask.of(narrow, 256).values()).containsOnly(0);
  }

  @Test
  void otherFormatsAreRefused(@TempDir Path folder) throws IOException {
    Path map = Files.writeString(folder.resolve("mask.pgm"), "P2 1 1 255 0\n");
    assertThatThrownBy(() -> Mask.of(map, 256))
        .isInstanceOf(IOException.class)
        .hasMessage(
            map + ": is not a picture in a format that a mask may have: PNG, JPEG, BMP, TIFF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpg", "bmp", "tiff"})
  void aTruncatedPictureIsReadOrRefused(String format, @TempDir Path folder) throws IOException {
    BufferedImage picture = new BufferedImage(64, 48, BufferedImage.TYPE_3BYTE_BGR);
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    assertThat(ImageIO.write(picture, format, encoded)).isTrue();
    byte[] whole = encoded.toByteArray();
    Path file = Files.write(folder.resolve("mask"), whole);
    assertThat(Mask.of(file, 256).values()).containsOnly(0);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 100) {
      Files.write(file, Arrays.copyOf(whole, length));
      try {
        assertThat(Mask.of(file, 256).resolution()).isEqualTo(256);
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith(file + ": ");
      }
    }
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aPipeIsRefused(@TempDir Path folder) throws Exception {
    Path pipe = folder.resolve("mask.png");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> Mask.of(pipe, 256))
        .isInstanceOf(IOException.class)
        .hasMessage(pipe + ": is a device, pipe or socket, but must be a file");
  }
}
