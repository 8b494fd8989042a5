package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.LatentSync;
import io.latentsync.job.cli.CheckModelCommand;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.EvalCommand;
import io.latentsync.job.cli.ProbeCommand;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.testing.NanoModels;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each command with paths of files that it cannot use. */
final class WrongInputsTest {
  private static final Pattern JAVA_TYPE = Pattern.compile("\\w(Exception|Error)\\b|\\bjava\\.");

  @TempDir Path folder;

  /** Asserts that a line names the option and the value, and no Java type. */
  private static void assertRefused(CommandOutput output, String option, String value) {
    assertThat(output.errors())
        .as("a line with %s %s", option, value)
        .anyMatch(line -> line.contains(option) && line.contains(Printable.value(value)))
        .noneMatch(line -> JAVA_TYPE.matcher(line).find());
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none.mp4",
        "",
        "folder",
        "text.mp4/below",
        "nowhere://host/talk.mp4",
        "hdfs://no host/talk.mp4",
        "hdfs://host:port/talk.mp4",
        "a\0b.mp4",
        "too long"
      })
  void missingPathsAreNamedWithTheirOptions(String name) throws IOException {
    Files.createDirectory(folder.resolve("folder"));
    String text = Files.writeString(folder.resolve("text.mp4"), "no video").toString();
    String wrong =
        switch (name) {
          case "none.mp4", "folder", "text.mp4/below", "a\0b.mp4" -> folder + "/" + name;
          case "too long" -> folder + "/" + "x".repeat(300);
          default -> name;
        };
    assertRefused(CommandOutput.of("probe", new ProbeCommand(), wrong, text), "VIDEO", wrong);
    assertRefused(CommandOutput.of("probe", new ProbeCommand(), text, wrong), "AUDIO", wrong);
    assertRefused(CommandOutput.of("eval", new EvalCommand(), wrong), "VIDEO", wrong);
    assertRefused(
        CommandOutput.of("eval", new EvalCommand(), text, "--syncnet_path", wrong),
        "--syncnet_path",
        wrong);
    assertRefused(
        CommandOutput.of("check-model", new CheckModelCommand(), "--whisper_path", wrong),
        "--whisper_path",
        wrong);
    assertRefused(dub("--video_path", wrong, "--audio_path", text), "--video_path", wrong);
    assertRefused(dub("--video_path", text, "--audio_path", wrong), "--audio_path", wrong);
    assertRefused(
        CommandOutput.of("dub", new DubCommand(), "--manifest", wrong), "--manifest", wrong);
  }

  /** Runs dub with model files that do not exist. */
  private CommandOutput dub(String... inputs) {
    return CommandOutput.of(
        "dub",
        new DubCommand(),
        inputs[0],
        inputs[1],
        inputs[2],
        inputs[3],
        "--video_out_path",
        folder.resolve("out.mp4").toString(),
        "--unet_config_path",
        folder.resolve("unet.yaml").toString(),
        "--inference_ckpt_path",
        folder.resolve("unet.pt").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"This is no media file.\n", "\0\1\2\3", "\u00ff\u00fe\u00fd"})
  void filesOfAnotherKindAreNamed(String contents) throws IOException {
    Path text = folder.resolve("text.bin");
    Files.write(text, contents.repeat(50).getBytes(StandardCharsets.ISO_8859_1));
    String file = text.toString();
    NanoModels nano = new NanoModels(folder);
    assertRefused(
        CommandOutput.of("probe", new ProbeCommand(), file, file), "VIDEO and AUDIO", file);
    assertRefused(CommandOutput.of("eval", new EvalCommand(), file), "VIDEO", file);
    assertRefused(
        CommandOutput.of(
            "check-model",
            new CheckModelCommand(),
            "--unet_config_path",
            nano.bundle().unetConfig(),
            "--inference_ckpt_path",
            file),
        "--inference_ckpt_path",
        file);
    Path manifest = Files.copy(text, folder.resolve("batch.jsonl"));
    CommandOutput output =
        CommandOutput.of("dub", new DubCommand(), "--manifest", manifest.toString());
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors())
        .isNotEmpty()
        .allMatch(line -> line.contains("batch.jsonl"))
        .noneMatch(line -> JAVA_TYPE.matcher(line).find());
  }

  @Test
  void configurationsThatAreNotInUtf8AreNamedInOneLine() throws IOException {
    NanoModels nano = new NanoModels(folder);
    String video = nano.video(5).toString();
    String speech = nano.speech(0.5).toString();
    byte[] latin = "# Größe\n".getBytes(StandardCharsets.ISO_8859_1);
    Path yaml = Files.write(folder.resolve("latin.yaml"), latin);
    Path vae = Files.createDirectories(folder.resolve("latin-vae"));
    Path json = Files.write(vae.resolve("config.json"), latin);
    String complaint = "%s %s: is not text in UTF-8; save the file in that encoding";
    assertThat(
            CommandOutput.of(
                    "probe", new ProbeCommand(), video, speech, "--unet_config_path=" + yaml)
                .errors())
        .containsExactly("probe: " + complaint.formatted("--unet_config_path", yaml));
    assertThat(
            CommandOutput.of(
                    "probe",
                    new ProbeCommand(),
                    video,
                    speech,
                    "--unet_config_path=" + nano.bundle().unetConfig(),
                    "--vae_path=" + vae)
                .errors())
        .containsExactly("probe: " + complaint.formatted("--vae_path", json));
  }

  /** In a separate process, because FFmpeg's recursion would overflow the native stack. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aListThatNamesItselfIsRefusedInOneLine() throws Exception {
    Path list =
        Files.writeString(folder.resolve("self.mp4"), "ffconcat version 1.0\nfile self.mp4\n");
    String speech = new NanoModels(folder).speech(0.5).toString();
    OtherProcess.Output printed =
        OtherProcess.run(List.of(), Map.of(), LatentSync.class, "probe", list.toString(), speech);
    assertThat(printed.lines())
        .filteredOn(line -> line.startsWith("probe: "))
        .containsExactly(
            "probe: VIDEO %s: is a playlist or list of other files (concat), which is not opened;"
                    .formatted(list)
                + " give the media file itself");
    assertThat(printed.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNamedPipeIsRefusedWithItsOption() throws Exception {
    Path pipe = folder.resolve("pipe.mp4");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    String name = pipe.toString();
    String speech = Files.writeString(folder.resolve("speech.wav"), "no sound").toString();
    String refused = " is a device, pipe or socket, but must be a file";
    CommandOutput probe = CommandOutput.of("probe", new ProbeCommand(), name, speech);
    assertThat(probe.errors()).containsExactly("probe: VIDEO " + name + ":" + refused);
    assertThat(probe.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    CommandOutput eval = CommandOutput.of("eval", new EvalCommand(), name);
    assertThat(eval.errors()).containsExactly("eval: VIDEO " + name + ":" + refused);
    assertRefused(dub("--video_path", name, "--audio_path", speech), "--video_path", name);
    assertRefused(dub("--video_path", speech, "--audio_path", name), "--audio_path", name);
  }
}
