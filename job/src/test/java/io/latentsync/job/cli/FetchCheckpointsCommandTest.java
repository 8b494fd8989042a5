package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.fetch.ModelServer;
import io.latentsync.job.fetch.ModelVersion;
import io.latentsync.job.fetch.PublishedFile;
import io.latentsync.job.fetch.PublishedModel;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small networks in the layout of the published ones, from a server on loopback. */
final class FetchCheckpointsCommandTest {
  @TempDir Path folder;
  private ModelServer server;
  private PublishedModel model;

  @BeforeEach
  void serve() throws IOException {
    server = new ModelServer();
    ModelBundle nano = new NanoModels(Files.createDirectory(folder.resolve("nano"))).bundle();
    List<PublishedFile> files = new ArrayList<>();
    files.add(serve(Path.of(nano.unet()), "latentsync_unet.pt"));
    files.add(serve(Path.of(nano.whisper()), "whisper/tiny.pt"));
    try (Stream<Path> vae = Files.list(Path.of(nano.vae()))) {
      for (Path file : vae.toList()) {
        files.add(serve(file, "sd-vae-ft-mse/" + file.getFileName()));
      }
    }
    model = new PublishedModel(files, Files.readString(Path.of(nano.unetConfig())));
  }

  private PublishedFile serve(Path source, String name) throws IOException {
    byte[] content = Files.readAllBytes(source);
    PublishedFile file =
        new PublishedFile(
            "small/networks",
            "main",
            name,
            Path.of(name),
            OptionalLong.of(content.length),
            DigestUtils.sha256Hex(content));
    server.put(file, content);
    return file;
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CommandOutput run(String... arguments) {
    return CommandOutput.of(
        "fetch-checkpoints",
        new FetchCheckpointsCommand(
            version -> version == ModelVersion.V1_5 ? older() : model, Duration.ZERO),
        arguments);
  }

  private PublishedModel older() {
    return new PublishedModel(model.files(), model.unetConfig() + "\n# smaller\n");
  }

  private CommandOutput fetch(Path target) {
    return run("--base_url=" + server.base(), target.toString());
  }

  @Test
  void checkpointsAreFetchedAndChecked() {
    Path target = folder.resolve("my models");
    CommandOutput output = fetch(target);
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    assertThat(output.out())
        .contains("UNet ", "VAE ", "whisper ", "widths ")
        .endsWith(
            "dub with: latentsync dub --video_path talk.mp4 --audio_path speech.wav"
                + " --video_out_path dubbed.mp4 --unet_config_path %s/unet_config.yaml"
                    .formatted(target)
                + " --inference_ckpt_path %s/latentsync_unet.pt%n".formatted(target));
    assertThat(target.resolve("whisper").resolve("tiny.pt")).exists();
    int requests = server.ranges().size();
    assertThat(fetch(target).code()).isZero();
    assertThat(server.ranges()).hasSize(requests);
  }

  @Test
  void theYamlOfAnotherVersionIsRefused() {
    Path target = folder.resolve("models");
    assertThat(fetch(target).code()).isZero();
    CommandOutput output = run("--version=1.5", "--base_url=" + server.base(), target.toString());
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors())
        .containsExactly(
            "fetch-checkpoints: FOLDER %s: is the configuration of LatentSync 1.6, not of 1.5; move it away, or"
                    .formatted(target.resolve("unet_config.yaml"))
                + " name another folder");
  }

  @Test
  void aMissingFileEndsItWithOneLine() {
    model =
        new PublishedModel(
            List.of(
                new PublishedFile(
                    "small/networks", "main", "x.pt", Path.of("x.pt"), OptionalLong.of(1), "00")),
            model.unetConfig());
    CommandOutput output = fetch(folder.resolve("models"));
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors())
        .containsExactly(
            "fetch-checkpoints: --base_url %s/small/networks/resolve/main/x.pt: the server does not provide the"
                    .formatted(server.base())
                + " file (HTTP 404); --base_url must name a server with the files that --list"
                + " shows");
  }

  @Test
  void aDiskThatIsTooSmallIsNamedBeforeAnythingIsFetched() {
    model =
        new PublishedModel(
            List.of(
                new PublishedFile(
                    "a/b", "main", "x", Path.of("x"), OptionalLong.of(1L << 60), "00")),
            "");
    CommandOutput output = fetch(folder.resolve("models"));
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors()).hasSize(1);
    assertThat(output.errors().get(0))
        .matches(
            "fetch-checkpoints: .*models: 1152921504606\\.8 MB are needed, but the disk has"
                + " \\d+\\.\\d MB left; free space, or name another folder");
    assertThat(server.ranges()).isEmpty();
  }

  @Test
  void theListNamesEveryPublishedFile() {
    for (ModelVersion version : ModelVersion.values()) {
      CommandOutput output =
          CommandOutput.of(
              "fetch-checkpoints",
              new FetchCheckpointsCommand(),
              "--list",
              "--syncnet",
              "--insightface",
              "--base_url=https://models.example/hub/",
              "--version=" + version);
      assertThat(output.code()).isZero();
      assertThat(output.out().lines().filter(line -> !line.startsWith(" ")))
          .hasSize(7)
          .contains(
              "https://models.example/hub/stabilityai/sd-vae-ft-mse/resolve/31f26fdeee1355a5c34592e401dd41e45d25a493/config.json")
          .anyMatch(line -> line.contains("/ByteDance/LatentSync-" + version + "/resolve/"));
      assertThat(output.out().lines().filter(line -> line.startsWith(" ")))
          .hasSize(7)
          .allMatch(line -> line.matches("  length (\\d+|unknown), SHA-256 [0-9a-f]{64}, to .+"));
    }
  }

  @Test
  void thePublishedYamlsAreTheOnesInConf() throws IOException {
    assertThat(PublishedModel.of(ModelVersion.V1_6).unetConfig())
        .isEqualTo(Files.readString(Path.of("..", "conf", "unet", "stage2_512.yaml")));
    assertThat(PublishedModel.of(ModelVersion.V1_5).unetConfig())
        .isEqualTo(Files.readString(Path.of("..", "conf", "unet", "stage2.yaml")));
  }

  @Test
  void wrongOptionsAreNamed() {
    assertThat(run("--version=1.4").errors())
        .containsExactly("fetch-checkpoints: --version is 1.4, but must be 1.6 or 1.5");
    assertThat(run("--base_url=ftp://models").errors())
        .containsExactly(
            "fetch-checkpoints: --base_url (or HF_ENDPOINT) is ftp://models, but must be an address"
                + " such as https://huggingface.co");
  }
}
