package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.blend.FacePaster;
import io.latentsync.face.blend.FacePatch;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.blend.Mask;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbImage;
import io.latentsync.image.RgbPart;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares each step from points and frames to frames with a pasted face with the reference's
 * results.
 */
class GeometryOracleTest {

  @TempDir private Path temporary;

  static List<Path> folders() {
    return Oracles.folders("geometry");
  }

  @ParameterizedTest
  @MethodSource("folders")
  @Tag("oracle")
  void templateEqualsTheReference(Path folder) throws IOException {
    try (Checkpoint oracle = open(folder)) {
      for (int resolution : resolutions(oracle, "face_template_")) {
        float[] expected = Oracles.floats(oracle, "face_template_" + resolution);
        FacePoints points = new FaceTemplate(resolution).points();
        float[] actual = {
          points.leftX(),
          points.leftY(),
          points.rightX(),
          points.rightY(),
          points.noseX(),
          points.noseY()
        };
        assertThat(actual).containsExactly(expected, within(1e-4f));
      }
      for (int resolution : resolutions(oracle, "warped_")) {
        long[] shape = oracle.tensors().get("warped_" + resolution).shape();
        FaceTemplate template = new FaceTemplate(resolution);
        assertThat(new long[] {template.height(), template.width()})
            .containsExactly(shape[1], shape[2]);
      }
    }
  }

  @Test
  void theMatricesOfAVideoEqualTheReferenceWithItsSmoothing() throws IOException {
    try (Checkpoint golden = new GoldenData(temporary).reference()) {
      assertVideosAreAligned(golden.section("geometry"));
    }
    for (Path folder : Oracles.foldersIfAny("geometry")) {
      try (Checkpoint oracle = open(folder)) {
        assertVideosAreAligned(oracle);
      }
    }
  }

  private static void assertVideosAreAligned(Checkpoint oracle) throws CheckpointException {
    List<Integer> single = resolutions(oracle, "affine_");
    List<Integer> tracks = resolutions(oracle, "track_affine_");
    assertThat(single).isNotEmpty();
    assertThat(tracks).isNotEmpty();
    for (int resolution : single) {
      assertTrackIsAligned(oracle, resolution, "landmarks3", "affine_" + resolution);
    }
    for (int resolution : tracks) {
      assertTrackIsAligned(oracle, resolution, "track_landmarks3", "track_affine_" + resolution);
    }
  }

  private static void assertTrackIsAligned(
      Checkpoint oracle, int resolution, String landmarks, String affine)
      throws CheckpointException {
    float[] points = Oracles.floats(oracle, landmarks);
    float[] expected = Oracles.floats(oracle, affine);
    assertThat(points).hasSameSizeAs(expected);
    FaceAligner aligner = new FaceAligner(new FaceTemplate(resolution));
    for (int frame = 0; frame < points.length / 6; frame++) {
      AffineMatrix actual = aligner.align(points(points, frame));
      AffineMatrix wanted = matrix(expected, frame);
      assertThat(new float[] {actual.m00(), actual.m01(), actual.m10(), actual.m11()})
          .as("%s, frame %d", affine, frame)
          .containsExactly(
              new float[] {wanted.m00(), wanted.m01(), wanted.m10(), wanted.m11()}, within(1e-5f));
      assertThat(new float[] {actual.m02(), actual.m12()})
          .as("%s, frame %d", affine, frame)
          .containsExactly(new float[] {wanted.m02(), wanted.m12()}, within(1e-3f));
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  @Tag("oracle")
  void croppedFacesEqualTheReference(Path folder) throws IOException {
    try (Checkpoint oracle = open(folder)) {
      for (int resolution : resolutions(oracle, "face_")) {
        float[] affine = Oracles.floats(oracle, "affine_" + resolution);
        FaceCropper cropper = new FaceCropper(new FaceTemplate(resolution));
        for (int i = 0; i < affine.length / 6; i++) {
          RgbImage frame = GeometryPictures.read(folder.resolve("frame" + i + ".png"));
          RgbImage warped = cropper.warp(RgbPart.whole(frame), matrix(affine, i));
          assertSamePixels(
              "warped_" + resolution + " of frame " + i,
              warped.pixels(),
              part(Oracles.bytes(oracle, "warped_" + resolution), i, affine.length / 6));
          RgbImage face = cropper.crop(frame, matrix(affine, i));
          assertSamePixels(
              "face_" + resolution + " of frame " + i,
              planes(face),
              part(Oracles.bytes(oracle, "face_" + resolution), i, affine.length / 6));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  @Tag("oracle")
  void networkInputsEqualTheReference(Path folder) throws IOException {
    try (Checkpoint oracle = open(folder)) {
      for (int resolution : resolutions(oracle, "mask_")) {
        assertThat(Mask.of(folder.resolve("mask.png"), resolution).values())
            .containsExactly(Oracles.floats(oracle, "mask_" + resolution), within(1e-6f));
      }
      for (int resolution : resolutions(oracle, "masked_pixel_values_")) {
        byte[] faces = Oracles.bytes(oracle, "face_" + resolution);
        float[] expected = Oracles.floats(oracle, "pixel_values_" + resolution);
        float[] expectedMasked = Oracles.floats(oracle, "masked_pixel_values_" + resolution);
        float[] mask = Mask.of(folder.resolve("mask.png"), resolution).values();
        int size = 3 * resolution * resolution;
        for (int i = 0; i < faces.length / size; i++) {
          float[] pixels = FacePixels.of(interleaved(part(faces, i, faces.length / size)));
          float[] masked = new float[size];
          for (int k = 0; k < size; k++) {
            masked[k] = pixels[k] * mask[k % mask.length];
          }
          assertThat(farthest(pixels, expected, i * size)).isLessThan(1e-6f);
          assertThat(farthest(masked, expectedMasked, i * size)).isLessThan(1e-6f);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  @Tag("oracle")
  void restoredFramesEqualTheReference(Path folder) throws IOException {
    try (Checkpoint oracle = open(folder)) {
      for (int resolution : resolutions(oracle, "restored_")) {
        float[] affine = Oracles.floats(oracle, "affine_" + resolution);
        FacePaster paster = new FacePaster(new FaceTemplate(resolution));
        int frames = affine.length / 6;
        for (int i = 0; i < frames; i++) {
          RgbImage source = GeometryPictures.read(folder.resolve("frame" + i + ".png"));
          RgbImage frame = source.copy();
          float[] face = synthesised(oracle, folder, resolution, i, frames);
          PixelRectangle region = paster.paste(frame, FacePatch.whole(face), matrix(affine, i));
          byte[] expected = part(Oracles.bytes(oracle, "restored_" + resolution), i, frames);
          String name = "restored_" + resolution + " of frame " + i;
          assertSamePixels(name, frame.pixels(), expected);
          assertChangesLieIn(region, source, frame);
        }
      }
    }
  }

  /**
   * The pasted face: the stored one, or (if there is only one resolution) the cropped face with the
   * oracle's pattern sin 7x, cos 5y, xy for x, y = −1…1 in the masked part.
   */
  private static float[] synthesised(
      Checkpoint oracle, Path folder, int resolution, int index, int frames) throws IOException {
    int size = 3 * resolution * resolution;
    if (oracle.tensors().containsKey("pasted_" + resolution)) {
      float[] stored = Oracles.floats(oracle, "pasted_" + resolution);
      return Arrays.copyOfRange(stored, index * size, (index + 1) * size);
    }
    byte[] faces = Oracles.bytes(oracle, "face_" + resolution);
    float[] pixels = FacePixels.of(interleaved(part(faces, index, frames)));
    float[] mask = Mask.of(folder.resolve("mask.png"), resolution).values();
    for (int k = 0; k < size; k++) {
      int place = k % mask.length;
      int row = place / resolution;
      int column = place % resolution;
      double x = column * 2.0 / (resolution - 1) - 1;
      double y = row * 2.0 / (resolution - 1) - 1;
      double[] pattern = {Math.sin(7 * x), Math.cos(5 * y), x * y};
      pixels[k] = (float) (pattern[k / mask.length] * (1 - mask[place]) + pixels[k] * mask[place]);
    }
    return pixels;
  }

  private static void assertChangesLieIn(PixelRectangle region, RgbImage before, RgbImage after) {
    assertThat(region.isEmpty()).isFalse();
    for (int k = 0; k < before.pixels().length; k++) {
      if (before.pixels()[k] != after.pixels()[k]) {
        int x = k / 3 % before.width();
        int y = k / 3 / before.width();
        assertThat(region.contains(x, y)).as("pixel %d, %d in %s", x, y, region).isTrue();
      }
    }
  }

  private static void assertSamePixels(String name, byte[] actual, byte[] expected) {
    assertThat(actual).as(name).hasSameSizeAs(expected);
    assertThat(GeometryPictures.shareOff(actual, expected))
        .as("%s: share of bytes more than one level off", name)
        .isLessThanOrEqualTo(0.001);
    assertThat(GeometryPictures.farthest(actual, expected))
        .as("%s: farthest byte", name)
        .isLessThanOrEqualTo(2);
  }

  private static Checkpoint open(Path folder) throws CheckpointException {
    return Checkpoint.open(folder.resolve("io.safetensors"));
  }

  /** The numbers at the end of the tensor names with a prefix. */
  private static List<Integer> resolutions(Checkpoint oracle, String prefix) {
    List<Integer> found = new ArrayList<>();
    for (String name : oracle.tensors().keySet()) {
      if (name.matches(prefix + "\\d+")) {
        found.add(Integer.valueOf(name.substring(prefix.length())));
      }
    }
    return found;
  }

  private static FacePoints points(float[] values, int index) {
    int i = 6 * index;
    return new FacePoints(
        values[i], values[i + 1], values[i + 2], values[i + 3], values[i + 4], values[i + 5]);
  }

  private static AffineMatrix matrix(float[] values, int index) {
    int i = 6 * index;
    return new AffineMatrix(
        values[i], values[i + 1], values[i + 2], values[i + 3], values[i + 4], values[i + 5]);
  }

  private static byte[] part(byte[] all, int index, int count) {
    int size = all.length / count;
    return Arrays.copyOfRange(all, index * size, (index + 1) * size);
  }

  private static float farthest(float[] actual, float[] expected, int offset) {
    float farthest = 0;
    for (int i = 0; i < actual.length; i++) {
      farthest = Math.max(farthest, Math.abs(actual[i] - expected[offset + i]));
    }
    return farthest;
  }

  private static byte[] planes(RgbImage image) {
    int plane = image.width() * image.height();
    byte[] planes = new byte[3 * plane];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = image.pixels()[i % plane * 3 + i / plane];
    }
    return planes;
  }

  private static RgbImage interleaved(byte[] planes) {
    int plane = planes.length / 3;
    int side = (int) Math.round(Math.sqrt(plane));
    RgbImage image = RgbImage.black(side, side);
    for (int i = 0; i < planes.length; i++) {
      image.pixels()[i % plane * 3 + i / plane] = planes[i];
    }
    return image;
  }
}
