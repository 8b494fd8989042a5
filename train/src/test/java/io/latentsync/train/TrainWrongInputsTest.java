package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.CommandOutput;
import io.latentsync.media.RegularFile;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.data.ToyFaces;
import io.latentsync.train.objective.ModelFolder;
import io.latentsync.train.objective.NetworkConfigs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests each stage of the training with files and values that it cannot use. */
final class TrainWrongInputsTest {
  private static final Pattern JAVA_TYPE = Pattern.compile("\\w(Exception|Error)\\b|\\bjava\\.");
  private static final byte[] LATIN = "# Größe\n".getBytes(StandardCharsets.ISO_8859_1);

  @TempDir Path folder;
  private Path data;
  private Path out;
  private Path garbage;

  @BeforeEach
  void inputs() throws IOException {
    data = folder.resolve("data");
    FaceFolder.write(data, "0", new ToyFaces(1, 9, 128).clip(0));
    out = folder.resolve("model");
    garbage = Files.writeString(folder.resolve("garbage.safetensors"), "This is no checkpoint.\n");
  }

  private static CommandOutput train(String... options) {
    return CommandOutput.of("train", () -> TrainCommand.run(options));
  }

  /** Runs a stage that trains a network, or evaluate, which has other options. */
  private CommandOutput stage(String stage, Path clips, Path model, String... more) {
    List<String> options = new ArrayList<>(List.of(stage, "--out=" + model));
    if (!stage.equals("evaluate")) {
      options.addAll(List.of("--data=" + clips, "--threads=1"));
      // If a value is accepted by mistake, the run must end soon.
      if (Stream.of(more).noneMatch(option -> option.startsWith("--steps"))) {
        options.add("--steps=1");
      }
    }
    options.addAll(List.of(more));
    return train(options.toArray(String[]::new));
  }

  /** Asserts one error line with this beginning, and no model file. */
  private void assertRefused(CommandOutput output, String line) throws IOException {
    assertThat(output.errors()).singleElement().asString().startsWith("train: " + line);
    assertThat(output.errors()).noneMatch(text -> JAVA_TYPE.matcher(text).find());
    assertThat(output.code()).isEqualTo(2);
    if (Files.exists(out)) {
      try (Stream<Path> files = Files.walk(out)) {
        assertThat(files.filter(Files::isRegularFile)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae", "audio", "unet"})
  void aDataFolderWithoutClipsIsNamed(String stage) throws IOException {
    Path none = folder.resolve("none");
    assertRefused(stage(stage, none, out), "--data " + none + ": is not a folder of clips");
    assertRefused(stage(stage, garbage, out), "--data " + garbage + ": is not a folder of clips");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertRefused(stage(stage, empty, out), "--data " + empty + ": has no clips");
    assertRefused(
        train(stage, "--data=a\0b", "--out=" + out),
        "Invalid value for option '--data': 'a\\u0000b' is not a path: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae", "audio", "unet"})
  void aClipThatCannotBeReadIsNamed(String stage) throws IOException {
    Path clip = Files.copy(garbage, data.resolve("1.safetensors"));
    assertRefused(stage(stage, data, out), "--data " + clip + ": ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"audio", "unet"})
  void aSentenceThatCannotBeReadIsNamed(String stage) throws IOException {
    Path sentences = Files.createDirectory(data.resolve("sentences"));
    Path sentence = Files.copy(garbage, sentences.resolve("0.safetensors"));
    CommandOutput output = stage(stage, data, out);
    // The denoiser's autoencoder is read first.
    assertRefused(output, stage.equals("unet") ? "--out " + out : "--data " + sentence + ": ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae", "audio"})
  void aStateThatCannotBeReadIsNamed(String stage) throws IOException {
    assertRefused(
        stage(stage, data, out, "--start_from=" + garbage), "--start_from " + garbage + ": ");
    Path none = folder.resolve("none");
    assertRefused(stage(stage, data, out, "--start_from=" + none), "--start_from " + none + ": ");
    Path own = Files.createDirectories(out.resolve("training")).resolve(stage + ".safetensors");
    Files.copy(garbage, own);
    CommandOutput output = stage(stage, data, out);
    assertThat(output.errors()).singleElement().asString().startsWith("train: --out " + own + ": ");
    assertThat(output.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unet", "evaluate"})
  void anAutoencoderThatIsMissingOrDamagedIsNamed(String stage) throws IOException {
    Path weights = new ModelFolder(out).vaeWeights();
    assertRefused(stage(stage, data, out), "--out " + weights + ": ");
    Files.createDirectories(weights.getParent());
    Files.copy(garbage, weights);
    CommandOutput output = stage(stage, data, out);
    assertThat(output.errors())
        .singleElement()
        .asString()
        .startsWith("train: --out " + weights + ": ");
    assertThat(output.code()).isEqualTo(2);
  }

  @Test
  void aFileThatIsNotALogIsNamed() throws IOException {
    Path log = Files.createDirectories(out.resolve("training")).resolve("vae.csv");
    for (byte[] contents : List.of(LATIN, "step\nno number\n".getBytes(StandardCharsets.UTF_8))) {
      Files.write(log, contents);
      CommandOutput output = stage("vae", data, out, "--crop=8");
      assertThat(output.errors())
          .containsExactly("train: --out " + log + ": is not the log of a training; remove it");
      assertThat(output.code()).isEqualTo(2);
      assertThat(log).hasBinaryContent(contents);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "vae", "audio", "unet", "evaluate"})
  void sizesThatCannotBeReadAreNamed(String stage) throws IOException {
    Path none = folder.resolve("none");
    assertRefused(config(stage, none), "--config " + none + "/unet.yaml: no such file");
    assertRefused(config(stage, garbage), "--config " + garbage);
    Path sizes = Files.createDirectory(folder.resolve("sizes"));
    NetworkConfigs nano = NetworkConfigs.nano();
    Files.writeString(sizes.resolve("unet.yaml"), nano.unetText());
    Files.writeString(sizes.resolve("vae.json"), nano.vaeText());
    Path whisper = Files.write(sizes.resolve("whisper.json"), LATIN);
    assertRefused(config(stage, sizes), "--config " + whisper + ": is not text in UTF-8");
    for (String wrong : new String[] {"", "[", "{}", "[1]"}) {
      Files.writeString(whisper, wrong);
      assertRefused(config(stage, sizes), "--config " + whisper + ": ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "vae", "audio", "unet", "evaluate"})
  @Timeout(20)
  void aPipeOfSizesIsRefusedWithoutWaiting(String stage) throws Exception {
    Path sizes = Files.createDirectory(folder.resolve("sizes"));
    Path pipe = pipe(sizes.resolve("unet.yaml"));
    assertRefused(config(stage, sizes), "--config " + pipe + ": " + RegularFile.IS_SPECIAL);
  }

  @ParameterizedTest
  @CsvSource({
    "vae, training/vae.csv",
    "vae, training/vae.safetensors",
    "audio, training/audio.png",
    "unet, unet.yaml",
    "evaluate, evaluation/scores.csv",
    "evaluate, sd-vae-ft-mse/diffusion_pytorch_model.safetensors"
  })
  @Timeout(20)
  void aPipeAmongTheFilesOfAModelIsNamed(String stage, String file) throws Exception {
    Path pipe = pipe(out.resolve(file));
    assertRefused(stage(stage, data, out), "--out " + pipe + ": " + RegularFile.IS_SPECIAL);
  }

  @Test
  @Timeout(20)
  void aPipeOfAClipIsRefusedWithoutWaiting() throws Exception {
    Path pipe = pipe(data.resolve("1.safetensors"));
    assertRefused(stage("vae", data, out), "--data " + pipe + ": " + RegularFile.IS_SPECIAL);
  }

  private static Path pipe(Path pipe) throws Exception {
    Files.createDirectories(pipe.getParent());
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private CommandOutput config(String stage, Path sizes) {
    return stage.equals("data")
        ? train("data", "--data=" + out, "--heads=1", "--sentences=1", "--config=" + sizes)
        : stage(stage, data, out, "--config=" + sizes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "vae", "audio", "unet"})
  void anOutputFolderThatCannotBeWrittenToIsNamed(String stage) throws IOException {
    Path below = garbage.resolve("below");
    CommandOutput output =
        stage.equals("data")
            ? train("data", "--data=" + below, "--heads=1", "--sentences=1")
            : stage(stage, data, below);
    assertRefused(
        output, (stage.equals("data") ? "--data: the folder " : "--out: the folder ") + below);
  }

  @ParameterizedTest
  @CsvSource({
    "data, --heads=-1",
    "data, --faces=0",
    "data, --sentences=100001",
    "data, --heads=many",
    "vae, --steps=0",
    "vae, --batch=0",
    "vae, --crop=12",
    "vae, --crop=0",
    "vae, --threads=0",
    "vae, --learning_rate=0",
    "vae, --learning_rate=NaN",
    "vae, --minutes=-1",
    "vae, --minutes=NaN",
    "audio, --steps=-1",
    "audio, --seed=x",
    "unet, --chunks=0",
    "unet, --frames=0",
    "unet, --steps=1.5",
    "evaluate, --pairs=0",
    "evaluate, --pairs=17"
  })
  void aWrongValueIsNamedBeforeFilesAreWritten(String stage, String option) throws IOException {
    CommandOutput output =
        stage.equals("data")
            ? train("data", "--data=" + out, option)
            : stage(stage, data, out, option);
    String name = option.substring(0, option.indexOf('='));
    assertThat(output.errors()).singleElement().asString().contains(name);
    assertRefused(output, "");
    assertThat(out).doesNotExist();
  }
}
