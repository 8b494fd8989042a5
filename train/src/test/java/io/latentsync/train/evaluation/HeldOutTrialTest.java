package io.latentsync.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.blend.Mask;
import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs a trial of the demonstration model with the users' command. */
@Tag("slow")
final class HeldOutTrialTest {
  private static final int CHUNK_FRAMES = 16;

  @TempDir private Path folder;

  @Test
  void aPairIsDubbedComparedWithTheTruthAndAddedToTheContactSheet() throws IOException {
    assumeTrue(EspeakNg.available(), "skipped: espeak-ng is not installed");
    Path results = folder.resolve("evaluation");
    PerfectDenoiser perfect =
        new PerfectDenoiser(
            DemonstrationAutoencoder.load(folder),
            Mask.bundled(DemonstrationAutoencoder.RESOLUTION));
    String summary;
    try (HeldOutTrial trial =
        new HeldOutTrial(
            List.of("--inference_steps=4", "--blend=seamless"), CHUNK_FRAMES, perfect, results)) {
      summary = trial.run(1);
    }

    List<String> csv = Files.readAllLines(results.resolve("scores.csv"));
    assertThat(csv).hasSize(2);
    assertThat(csv.get(0)).isEqualTo(PairScore.HEAD);
    Map<String, Double> score = new HashMap<>();
    String[] names = csv.get(0).split(",", -1);
    String[] values = csv.get(1).split(",", -1);
    for (int i = 0; i < names.length; i++) {
      score.put(names[i], Double.valueOf(values[i]));
    }
    assertThat(score.get("r_ceiling")).isGreaterThan(0.9);
    assertThat(score.get("r_perfect_denoiser")).isGreaterThan(0.9);
    assertThat(score.get("r")).isGreaterThan(0.7);
    assertThat(score.get("r_old_speech")).isLessThan(score.get("r") - 0.3);
    assertThat(score.get("r_other_speech")).isLessThan(score.get("r") - 0.3);
    assertThat(score.get("error_perfect_denoiser")).isLessThan(score.get("error_dubbed"));
    assertThat(score.get("error_dubbed")).isLessThan(score.get("error_undubbed"));
    assertThat(summary.lines().findFirst()).hasValue("pairs          1");
    assertThat(results)
        .isDirectoryContaining("glob:**/pair00-clip.mp4")
        .isDirectoryContaining("glob:**/pair00-speech.wav")
        .isDirectoryContaining("glob:**/pair00-dubbed.mp4");
    assertThat(ImageIO.read(results.resolve("pair00.png").toFile()).getHeight())
        .as("source, dubbed, truth")
        .isEqualTo(3 * 153);
  }
}
