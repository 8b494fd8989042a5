package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.latentsync.image.RgbImage;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.testing.Clips;
import io.latentsync.testing.Formula;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import io.latentsync.testing.PcmArray;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SyncNet's numbers from the reference implementation. */
final class SyncNetOracleTest {
  @TempDir private Path temporary;

  @Test
  void scoresOfGivenEmbeddingsEqualTheReference() throws IOException {
    try (Checkpoint golden = new GoldenData(temporary).reference()) {
      assertScoresAreTheReferences(golden.section("syncnet"));
    }
    for (Path folder : Oracles.foldersIfAny("syncnet")) {
      try (Checkpoint oracle = Checkpoint.open(folder.resolve("io.safetensors"))) {
        assertScoresAreTheReferences(oracle);
      }
    }
  }

  private static void assertScoresAreTheReferences(Checkpoint oracle) throws IOException {
    List<String> cases =
        oracle.tensors().keySet().stream()
            .filter(name -> name.endsWith(".lip"))
            .map(name -> name.substring(0, name.length() - ".lip".length()))
            .toList();
    assertThat(cases).isNotEmpty();
    for (String name : cases) {
      float[][] lips = rows(oracle, name + ".lip");
      float[][] sound = rows(oracle, name + ".audio");
      float[][] distances = SyncNetScore.distances(lips, sound, 0);
      assertClose(distances, rows(oracle, name + ".dists"), 1e-4f);
      double[] means = SyncNetScore.means(distances);
      float[] expected = Oracles.floats(oracle, name + ".mean_dists");
      for (int i = 0; i < means.length; i++) {
        assertThat(means[i]).isCloseTo(expected[i], within(1e-4));
      }
      assertScore(SyncNetScore.of(lips, sound), oracle, name, 1e-4f);
    }
  }

  @Test
  @Tag("oracle")
  void scoreOfPicturesAndSoundEqualsTheReference() throws IOException {
    for (Path folder : Oracles.folders("syncnet")) {
      try (Checkpoint weights = Checkpoint.open(only(folder, ".model"));
          Checkpoint oracle = Checkpoint.open(folder.resolve("io.safetensors"));
          SyncNet network = SyncNet.load(weights, Device.cpu());
          SyncNetEvaluation evaluation = new SyncNetEvaluation(network)) {
        for (Path crop : all(folder, ".png")) {
          evaluation.add(picture(crop));
        }
        SyncNetScore score =
            evaluation.score(PcmArray.ofWav(folder.resolve("audio.wav")), 0).orElseThrow();
        // Embeddings may be 1e-3 apart in each of their values.
        assertScore(score, oracle, "network", 1e-3f);
      }
    }
  }

  @Test
  void theDistancesOfARangeAreThoseOfTheWholeVideo() throws IOException {
    short[] pcm = PcmArray.ofWav(Clips.sample("speech1.wav", temporary)).pcm();
    List<RgbImage> crops = crops(20);
    // As long as the pictures, from the start of the voice.
    PcmArray speech = new PcmArray(Arrays.copyOfRange(pcm, 4_000, 4_000 + 640 * crops.size()));
    try (Checkpoint weights = Checkpoint.open(new GoldenData(temporary).syncNet());
        SyncNet network = SyncNet.load(weights, Device.cpu());
        SyncNetEvaluation whole = new SyncNetEvaluation(network);
        SyncNetEvaluation middle = new SyncNetEvaluation(network);
        SyncNetEvaluation end = new SyncNetEvaluation(network)) {
      for (int i = 0; i < crops.size(); i++) {
        RgbImage crop = crops.get(i);
        whole.add(crop);
        if (i >= 3 && i < 9) {
          middle.add(crop);
        }
        if (i >= crops.size() - 6) {
          end.add(crop);
        }
      }
      float[][] distances = whole.distances(speech, 0);
      assertThat(SyncNetScore.of(distances))
          .usingRecursiveComparison()
          .isEqualTo(whole.score(speech, 0).orElseThrow());
      assertThat(middle.distances(speech, 3))
          .isDeepEqualTo(new float[][] {distances[3], distances[4]});
      // The reference leaves out the last of its two windows.
      assertThat(end.distances(speech, crops.size() - 6))
          .isDeepEqualTo(new float[][] {distances[crops.size() - 6]});
      assertThat(end.distances(speech, 10_000)).isEmpty();
    }
  }

  /** Pictures that all differ. */
  private static List<RgbImage> crops(int count) {
    List<RgbImage> crops = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RgbImage crop = RgbImage.black(SyncNet.SIDE, SyncNet.SIDE);
      float[] values = Formula.values("crop." + i, 127, crop.pixels().length);
      for (int k = 0; k < values.length; k++) {
        crop.pixels()[k] = (byte) values[k];
      }
      crops.add(crop);
    }
    return crops;
  }

  private static void assertScore(
      SyncNetScore score, Checkpoint oracle, String name, float tolerance) throws IOException {
    assertThat((long) score.offset()).isEqualTo(oracle.data(name + ".offset").getLong());
    assertThat((float) score.confidence())
        .isCloseTo(Oracles.floats(oracle, name + ".confidence")[0], within(tolerance));
    assertThat((float) score.distance())
        .isCloseTo(Oracles.floats(oracle, name + ".min_dist")[0], within(tolerance));
    float[] expected = Oracles.floats(oracle, name + ".framewise_confidence");
    assertClose(new float[][] {score.frameConfidences()}, new float[][] {expected}, tolerance);
  }

  private static void assertClose(float[][] found, float[][] expected, float tolerance) {
    assertThat(found).hasDimensions(expected.length, expected[0].length);
    for (int i = 0; i < found.length; i++) {
      for (int j = 0; j < found[i].length; j++) {
        assertThat(found[i][j])
            .as("row %d, column %d", i, j)
            .isCloseTo(expected[i][j], within(tolerance));
      }
    }
  }

  private static float[][] rows(Checkpoint oracle, String name) throws IOException {
    float[] values = Oracles.floats(oracle, name);
    int width = (int) oracle.tensors().get(name).shape()[1];
    float[][] rows = new float[values.length / width][width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, i * width, rows[i], 0, width);
    }
    return rows;
  }

  private static Path only(Path folder, String ending) throws IOException {
    return all(folder, ending).get(0);
  }

  private static List<Path> all(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static RgbImage picture(Path file) throws IOException {
    BufferedImage picture = ImageIO.read(file.toFile());
    RgbImage rgb = RgbImage.black(picture.getWidth(), picture.getHeight());
    int at = 0;
    for (int y = 0; y < rgb.height(); y++) {
      for (int x = 0; x < rgb.width(); x++) {
        int pixel = picture.getRGB(x, y);
        for (int shift = 16; shift >= 0; shift -= 8) {
          rgb.pixels()[at++] = (byte) (pixel >> shift);
        }
      }
    }
    return rgb;
  }
}
