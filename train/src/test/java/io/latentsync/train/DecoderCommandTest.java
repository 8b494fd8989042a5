package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.job.testing.CommandOutput;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.Clips;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trains the demonstration model's decoder on a clip of a synthetic head. */
@Tag("slow")
final class DecoderCommandTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  @TempDir private Path folder;
  private Path vae;
  private Path video;

  @BeforeEach
  void inputs() throws IOException {
    vae = Files.createDirectory(folder.resolve("vae"));
    for (String name : new String[] {"config.json", WEIGHTS}) {
      try (InputStream in =
          DecoderCommandTest.class.getResourceAsStream("/demo/model/sd-vae-ft-mse/" + name)) {
        Files.copy(in, vae.resolve(name));
      }
    }
    video = Clips.sample("clip1.mp4", folder);
  }

  private CommandOutput train(Path out, String... more) {
    Map<String, String> options = new TreeMap<>();
    Stream.concat(
            Stream.of(
                "--video=" + video,
                "--vae_path=" + vae,
                "--out=" + out,
                "--resolution=64",
                "--device=cpu",
                "--threads=1"),
            Stream.of(more))
        .forEach(option -> options.put(option.split("=", 2)[0], option));
    return CommandOutput.of(
        "train",
        () ->
            TrainCommand.run(
                Stream.concat(Stream.of("decoder"), options.values().stream())
                    .toArray(String[]::new)));
  }

  @Test
  void theHeldOutFacesImproveAndTheEncoderKeepsItsBytes() throws IOException {
    Path out = folder.resolve("mine");
    CommandOutput output =
        train(out, "--steps=40", "--check_every=20", "--learning_rate=0.0005", "--seed=3");
    assertThat(output.code()).isZero();

    List<Double> losses = heldOutLosses(out);
    assertThat(losses).hasSize(3);
    assertThat(losses.get(2)).isLessThan(0.97 * losses.get(0));
    assertThat(out.resolve("config.json")).hasSameBinaryContentAs(vae.resolve("config.json"));
    assertThat(ImageIO.read(out.resolve("held-out.png").toFile()).getWidth()).isGreaterThan(100);
    try (Checkpoint before = Checkpoint.open(vae.resolve(WEIGHTS));
        Checkpoint after = Checkpoint.open(out.resolve(WEIGHTS))) {
      assertThat(after.tensors()).isEqualTo(before.tensors());
      for (String name : before.tensors().keySet()) {
        boolean decodes = name.startsWith("decoder.") || name.startsWith("post_quant_conv.");
        assertThat(after.data(name).equals(before.data(name))).as(name).isEqualTo(!decodes);
      }
    }
  }

  @Test
  void aStoppedTrainingContinuesAsIfItHadNotStopped() throws IOException {
    String[] options = {"--steps=4", "--check_every=2", "--faces=20"};
    Path whole = folder.resolve("whole");
    assertThat(train(whole, options).code()).isZero();
    Path parts = folder.resolve("parts");
    assertThat(train(parts, "--minutes=0", options[0], options[1], options[2]).code()).isZero();
    assertThat(heldOutLosses(parts)).hasSize(1);
    assertThat(train(parts, options).code()).isZero();
    assertThat(heldOutLosses(parts)).isEqualTo(heldOutLosses(whole));
    assertThat(parts.resolve(WEIGHTS)).hasSameBinaryContentAs(whole.resolve(WEIGHTS));

    CommandOutput other = train(parts, "--steps=4", "--check_every=2", "--faces=21");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.errors())
        .singleElement()
        .asString()
        .contains("has a training with other inputs or options");
  }

  @Test
  void aFinishedTrainingKeepsItsWeightsIfTheLogIsRemoved() throws IOException {
    Path out = folder.resolve("mine");
    String[] options = {
      "--steps=20", "--check_every=20", "--learning_rate=0.0005", "--seed=3", "--faces=20"
    };
    assertThat(train(out, options).code()).isZero();
    double best = heldOutLosses(out).get(1);
    assertThat(best).isLessThan(heldOutLosses(out).get(0));
    byte[] weights = Files.readAllBytes(out.resolve(WEIGHTS));
    Files.delete(out.resolve("training/held-out.csv"));
    assertThat(train(out, options).code()).isZero();
    assertThat(out.resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(heldOutLosses(out).get(1)).isCloseTo(best, within(1e-4 * best));
  }

  @Test
  void oneProcessAtATimeTrainsInAFolder() throws IOException {
    Path out = folder.resolve("mine");
    try (TrainingLock other = TrainingLock.take(out.resolve("training"), "decoder")) {
      CommandOutput output = train(out, "--steps=2", "--faces=20");
      assertThat(output.code()).isEqualTo(2);
      assertThat(output.errors())
          .containsExactly(
              "train: --out: another process trains the stage decoder in %s; wait for it, or name another folder"
                  .formatted(out.resolve("training")));
      assertThat(out.resolve(WEIGHTS)).doesNotExist();
    }
  }

  @Test
  void aTrainingWithoutImprovementEndsEarlyAndKeepsTheOriginalWeights() throws IOException {
    Path out = folder.resolve("mine");
    CommandOutput output =
        train(
            out, "--steps=50", "--check_every=1", "--patience=2", "--learning_rate=10", "--seed=3");
    assertThat(output.code()).isZero();
    assertThat(heldOutLosses(out)).hasSize(3);
    assertThat(out.resolve(WEIGHTS)).hasSameBinaryContentAs(vae.resolve(WEIGHTS));
  }

  @Test
  void checkpointsChangeTheTrainingByRoundingOnly() throws IOException {
    String[] options = {"--steps=2", "--check_every=2", "--faces=20", "--batch=2"};
    Path plain = folder.resolve("plain");
    Path checkpointed = folder.resolve("checkpointed");
    assertThat(train(plain, options).code()).isZero();
    assertThat(
            train(
                    checkpointed,
                    "--gradient_checkpointing",
                    options[0],
                    options[1],
                    options[2],
                    options[3])
                .code())
        .isZero();
    double loss = heldOutLosses(plain).get(1);
    assertThat(heldOutLosses(checkpointed).get(1)).isCloseTo(loss, within(1e-3 * loss));
  }

  @Test
  void wrongOptionsAreRefusedBeforeFilesAreWritten() {
    Path out = folder.resolve("mine");
    for (String[] wrong :
        new String[][] {
          {"--resolution=100", "--resolution is 100, but must be a multiple of 8"},
          {"--steps=0", "--steps is 0"},
          {"--held_out_seconds=0", "--held_out_seconds is 0.0, but must be above 0"},
          {"--face=up", "--face is up"},
          {"--video=" + folder.resolve("none.mp4"), "none.mp4"},
          {"--out=" + vae, "is the folder of --vae_path"},
        }) {
      CommandOutput output = train(out, wrong[0]);
      assertThat(output.code()).as(wrong[0]).isEqualTo(2);
      assertThat(output.errors()).singleElement().asString().contains(wrong[1]);
    }
    assertThat(out.resolve("training")).doesNotExist();
  }

  private static List<Double> heldOutLosses(Path out) throws IOException {
    return Files.readAllLines(out.resolve("training/held-out.csv")).stream()
        .skip(1)
        .map(line -> Double.valueOf(line.substring(line.indexOf(',') + 1)))
        .toList();
  }
}
