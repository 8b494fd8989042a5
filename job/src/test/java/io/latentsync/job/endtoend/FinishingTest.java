package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.EvalCommand;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done with a stitched output: label, signature, validation. */
@Tag("slow")
final class FinishingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private NanoModels nano;
  private Path video;
  private Path speech;
  private Path output;

  @BeforeEach
  void inputs() throws IOException {
    nano = new NanoModels(folder);
    video = nano.video(40);
    speech = nano.speech(1.5);
    output = folder.resolve("out").resolve("dubbed.mp4");
  }

  private CommandOutput dub(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(nano.options());
    arguments.add("--inference_steps=2");
    arguments.add("--segment_frames=16");
    arguments.add("--device=cpu");
    arguments.add("--progress=none");
    Collections.addAll(arguments, more);
    return CommandOutput.of("dub", new DubCommand(), arguments.toArray(String[]::new));
  }

  private CommandOutput single(String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--video_path=" + video, "--audio_path=" + speech, "--video_out_path=" + output));
    Collections.addAll(arguments, more);
    return dub(arguments.toArray(String[]::new));
  }

  private Path manifest(String more) throws IOException {
    return Files.writeString(
        folder.resolve("night.csv"),
        "id,video,audio,output,label\nx,%s,%s,out/dubbed.mp4,%s\n".formatted(video, speech, more));
  }

  private Path tool(String script) throws IOException {
    Path tool = Files.writeString(folder.resolve("c2patool"), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(folder.resolve("claim.json"), "{}");
    return tool;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(output.getParent())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }

  private static String digest(Path file) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(file));
  }

  @Test
  void anOutputOfAManifestIsValidatedAsAStageOfItsOwn() throws IOException {
    CommandOutput made = dub("--manifest=" + manifest(""));
    assertThat(made.errors()).isEmpty();
    assertThat(made.code()).isZero();
    JsonNode row = JSON.readTree(folder.resolve("results.json").toFile()).get(0);
    assertThat(row.at("/seconds/validate").asDouble()).isPositive();
    assertThat(row.at("/validation/frames").asInt()).isEqualTo(39);
    assertThat(row.at("/validation/psnr").asDouble()).isBetween(42.0, 100.0);
    assertThat(row.at("/validation/borders/0/kind").asText()).isEqualTo("segment");
    assertThat(row.at("/validation/borders/0/count").asInt()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("<dt>validation</dt><dd>39 frames decoded, PSNR outside the faces ");

    String first = digest(output);
    CommandOutput alone = single("--validate=on");
    assertThat(alone.code()).isZero();
    assertThat(alone.out()).containsPattern("validation +39 frames decoded, PSNR outside the");
    assertThat(digest(output)).as("nothing of the output depends on it").isEqualTo(first);
    assertThat(single().out()).doesNotContain("validat");

    CommandOutput compared =
        CommandOutput.of(
            "eval", new EvalCommand(), output.toString(), speech.toString(), "--source=" + video);
    assertThat(compared.errors()).isEmpty();
    assertThat(compared.out())
        .containsPattern("validation +39 frames decoded, PSNR outside the faces \\d\\d\\.\\d dB")
        .doesNotContain("note");
  }

  @Test
  void anEvaluationKnowsWhereAShorterVideoTurned() throws IOException {
    Path moving = folder.resolve("moving.mp4");
    // The brightness changes, and is stillest around frame 33.
    FfmpegProgram.ffmpeg(
        "-i",
        video.toString(),
        "-vf",
        "eq=brightness='0.1*cos(PI*(n-33)/20)':eval=frame",
        "-x264-params",
        "scenecut=0",
        moving.toString());
    Path longer = nano.speech(3);
    CommandOutput made =
        dub(
            "--video_path=" + moving,
            "--audio_path=" + longer,
            "--video_out_path=" + output,
            "--validate=on");
    assertThat(made.errors()).isEmpty();
    JsonNode described =
        JSON.readTree(output.resolveSibling("dubbed.mp4.provenance.json").toFile());
    assertThat(described.at("/output/turns/1").asInt()).isBetween(29, 37);
    assertThat(
            CommandOutput.of(
                    "eval",
                    new EvalCommand(),
                    output.toString(),
                    longer.toString(),
                    "--source=" + moving)
                .out())
        .containsPattern("validation +7\\d frames decoded, PSNR outside the faces [45]\\d\\.\\d dB")
        .doesNotContain("the picture outside the faces differs");
  }

  @Test
  void aSourceThatIsAnotherVideoIsFound() throws IOException {
    assertThat(single().code()).isZero();
    Path other = folder.resolve("other.mp4");
    FfmpegProgram.ffmpeg("-i", video.toString(), "-vf", "eq=brightness=0.1", other.toString());
    assertThat(
            CommandOutput.of(
                    "eval",
                    new EvalCommand(),
                    output.toString(),
                    speech.toString(),
                    "--source=" + other)
                .out())
        .containsPattern(
            "warning +the picture outside the faces differs from the source: PSNR [12]\\d\\.\\d");
  }

  @Test
  void aSignedOutputIsTheProgramsAndTheProvenanceKnowsIt() throws IOException {
    Path tool = tool("cp \"$1\" \"$5\" && printf '\\0\\0\\0\\014freeSIGN' >> \"$5\"\n");
    CommandOutput made =
        single("--c2pa_tool=" + tool, "--c2pa_manifest=" + folder.resolve("claim.json"));
    assertThat(made.errors()).isEmpty();
    assertThat(made.code()).isZero();
    assertThat(new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1))
        .endsWith("freeSIGN");
    JsonNode described =
        JSON.readTree(output.resolveSibling("dubbed.mp4.provenance.json").toFile());
    assertThat(described.at("/output/sha256").asText()).isEqualTo(digest(output));
  }

  @Test
  void anOutputThatCannotBeSignedFailsItsRequest() throws IOException {
    Path tool = tool("echo 'no certificate'; exit 1\n");
    String manifest = "--c2pa_manifest=" + folder.resolve("claim.json");
    CommandOutput failed = single("--c2pa_tool=" + tool, manifest);
    assertThat(failed.code()).isEqualTo(2);
    assertThat(failed.errors())
        .containsExactly("dub: --c2pa_tool %s: ended with code 1: no certificate".formatted(tool));
    assertThat(files()).isEmpty();
    output = output.resolveSibling("dubbed.mkv");
    assertThat(single("--c2pa_tool=" + tool, manifest).errors())
        .containsExactly("dub: --c2pa_tool signs .mp4 and .mov only, but the output is dubbed.mkv");
    assertThat(single("--c2pa_tool=" + tool).errors())
        .containsExactly(
            "dub: --c2pa_manifest is missing, but must be a manifest definition for --c2pa_tool");
    assertThat(single(manifest).errors())
        .containsExactly(
            "dub: --c2pa_tool is missing, but must be a program such as /usr/bin/c2patool for"
                + " --c2pa_manifest");
  }

  @Test
  void aDamagedOutputFailsItsRequestAndIsRemoved() throws IOException {
    // What the program writes is the output: a disk that loses its end would be as bad.
    Path tool = tool("head -c $(( $(wc -c < \"$1\") * 2 / 3 )) \"$1\" > \"$5\"\n");
    CommandOutput made =
        dub(
            "--manifest=" + manifest(""),
            "--c2pa_tool=" + tool,
            "--c2pa_manifest=" + folder.resolve("claim.json"));
    assertThat(made.code()).isEqualTo(3);
    assertThat(made.out())
        .contains("x: failed: " + output + ": the written video is damaged and was removed: ");
    assertThat(files()).isEmpty();
  }

  @Test
  void aLabelIsDrawnOnEachFrameAndIsPartOfTheFingerprint() throws IOException {
    assertThat(single().code()).isZero();
    byte[] plain = NanoModels.rgb(output);
    CommandOutput labelled = dub("--manifest=" + manifest("AI-generated"));
    assertThat(labelled.errors()).isEmpty();
    assertThat(labelled.code()).isZero();
    byte[] drawn = NanoModels.rgb(output);
    assertThat(drawn).hasSameSizeAs(plain);
    JsonNode row = JSON.readTree(folder.resolve("results.json").toFile()).get(0);
    assertThat(row.at("/validation/psnr").asDouble()).as("without the label").isGreaterThan(42);
    int frame = 720 * 1280 * 3;
    for (int start = 0; start < plain.length; start += frame) {
      int differing = 0;
      for (int i = start + 3 * 720 * 1150; i < start + frame; i += 3) {
        differing += Math.abs((plain[i] & 255) - (drawn[i] & 255)) > 60 ? 1 : 0;
      }
      assertThat(differing).isGreaterThan(2000);
    }
    assertThat(single("--label=généré").errors())
        .containsExactly(
            "dub: --label is généré, but must have 1 to 60 characters of ASCII, such as"
                + " AI-generated");
  }
}
