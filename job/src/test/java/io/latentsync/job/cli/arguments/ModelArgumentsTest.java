package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Demonstration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The selection of the model by options. */
final class ModelArgumentsTest {
  @TempDir Path work;
  private Path checkpoints;

  @Command
  private static final class Line {
    @Mixin private final ModelArguments model;

    Line(ModelArguments model) {
      this.model = model;
    }
  }

  @BeforeEach
  void folder() {
    checkpoints = work.resolve("checkpoints");
  }

  private ModelArguments parse(String... arguments) {
    Line line = new Line(new ModelArguments(new DefaultCheckpoints(checkpoints)));
    new CommandLine(line).parseArgs(arguments);
    return line.model;
  }

  private void fetch(String... names) throws IOException {
    Files.createDirectories(checkpoints);
    for (String name : names) {
      Files.createFile(checkpoints.resolve(name));
    }
  }

  @Test
  void withoutCheckpointsTheDemonstrationModelIsUsedAndTheMessageNamesTheDownload()
      throws IOException {
    ModelArguments model = parse();
    assertThat(Demonstration.isModelOf(model.bundle())).isTrue();
    assertThat(model.notice())
        .contains(
            "no option names a checkpoint and %s/latentsync_unet.pt does not exist: using the"
                    .formatted(checkpoints)
                + " demonstration model, which works for synthetic heads only;"
                + " deploy/local/fetch-checkpoints downloads the published checkpoints");
  }

  @Test
  void theDefaultFolderIsUsed() throws IOException {
    fetch("latentsync_unet.pt", "unet_config.yaml");
    ModelArguments model = parse();
    assertThat(model.notice()).contains("using the checkpoints in the folder " + checkpoints);
    assertThat(model.bundle().unet()).isEqualTo(checkpoints + "/latentsync_unet.pt");
    assertThat(model.bundle().unetConfig()).isEqualTo(checkpoints + "/unet_config.yaml");
    assertThat(model.bundle().vae()).isEqualTo(checkpoints + "/sd-vae-ft-mse");
    assertThat(model.bundle().whisper()).isEqualTo(checkpoints + "/whisper/tiny.pt");
  }

  @Test
  void aManifestRunsWithTheDemonstrationModelOnlyOnRequest() throws IOException {
    assertThatThrownBy(() -> parse().requireExplicit())
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--manifest: no option names a checkpoint and %s/latentsync_unet.pt does not exist; give"
                    .formatted(checkpoints)
                + " --inference_ckpt_path, download the published checkpoints with"
                + " deploy/local/fetch-checkpoints, or give --demo_model for synthetic heads");
    ModelArguments model = parse("--demo_model");
    model.requireExplicit();
    assertThat(Demonstration.isModelOf(model.bundle())).isTrue();
    assertThat(model.notice())
        .contains("using the demonstration model, which works for synthetic heads only");
    parse("--unet_config_path=a.yaml", "--inference_ckpt_path=b/c.pt").requireExplicit();
    fetch("latentsync_unet.pt", "unet_config.yaml");
    parse().requireExplicit();
    assertThat(Demonstration.isModelOf(parse("--demo_model").bundle())).isTrue();
    assertThatThrownBy(
            () -> parse("--demo_model", "--unet_config_path=a", "--inference_ckpt_path=b").bundle())
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "--demo_model: cannot be combined with --unet_config_path, --inference_ckpt_path, --vae_path"
                + " and --whisper_path, which name another model");
  }

  @Test
  void theDemonstrationKeepsItsModel() throws IOException {
    fetch("latentsync_unet.pt", "unet_config.yaml");
    ModelArguments model = parse();
    model.preferDemonstration();
    assertThat(Demonstration.isModelOf(model.bundle())).isTrue();
    assertThat(model.notice())
        .contains("using the demonstration model, which works for synthetic heads only");
  }

  @Test
  void aMissingYamlIsNamed() throws IOException {
    fetch("latentsync_unet.pt");
    assertThatThrownBy(() -> parse().bundle())
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "%1$s/latentsync_unet.pt exists, but %1$s/unet_config.yaml does not; --unet_config_path"
                    .formatted(checkpoints)
                + " must name the yaml: conf/unet/stage2_512.yaml for LatentSync 1.6,"
                + " conf/unet/stage2.yaml for 1.5");
  }

  @Test
  void defaultFilesAreNotMixedWithFilesOfOptions() throws IOException {
    fetch("latentsync_unet.pt", "unet_config.yaml");
    ModelArguments model = parse("--unet_config_path=a.yaml", "--inference_ckpt_path=b/c.pt");
    assertThat(model.notice()).isEmpty();
    assertThat(model.bundle().unet()).isEqualTo("b/c.pt");
    assertThatThrownBy(() -> parse("--inference_ckpt_path=b/c.pt").bundle())
        .hasMessage("--unet_config_path is missing, but must be a path");
  }
}
