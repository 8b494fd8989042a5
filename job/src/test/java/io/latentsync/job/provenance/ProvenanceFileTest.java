package io.latentsync.job.provenance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.storage.Location;
import io.latentsync.media.SyntheticMediaMark;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
final class ProvenanceFileTest {
  @TempDir Path folder;
  private ModelBundle models;
  private Path video;
  private Path speech;

  @BeforeEach
  void inputs() throws IOException {
    NanoModels nano = new NanoModels(folder);
    models = nano.bundle();
    video = nano.video(8);
    speech = nano.speech(0.5);
  }

  private int dub(Path output, String... others) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--video_path",
                video.toString(),
                "--audio_path",
                speech.toString(),
                "--unet_config_path",
                models.unetConfig(),
                "--inference_ckpt_path",
                models.unet(),
                "--vae_path",
                models.vae(),
                "--whisper_path",
                models.whisper(),
                "--inference_steps",
                "2",
                "--video_out_path",
                output.toString()));
    arguments.addAll(List.of(others));
    return DubCommand.run(arguments.toArray(String[]::new));
  }

  private static Path beside(Path output) {
    return ProvenanceFile.of(new Location(output.toString())).localPath();
  }

  private static String digest(Path file) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(file));
  }

  private static String tag(String name, Path file) throws IOException {
    return FfmpegProgram.ffprobe(
        "-show_entries", "format_tags=" + name, "-of", "csv=p=0", file.toString());
  }

  @Test
  void theFileContainsInputsModelOptionsAndOutput() throws Exception {
    Path output = folder.resolve("dubbed.mp4");
    assertThat(dub(output, "--seed", "5")).isZero();
    JsonNode found = new ObjectMapper().readTree(beside(output).toFile());
    assertThat(found.get("digitalSourceType").asText()).isEqualTo(SyntheticMediaMark.SOURCE_TYPE);
    assertThat(found.at("/video/name").asText()).isEqualTo(video.toString());
    assertThat(found.at("/video/sha256").asText()).isEqualTo(digest(video));
    assertThat(found.at("/speech/sha256").asText()).isEqualTo(digest(speech));
    assertThat(found.at("/output/sha256").asText()).isEqualTo(digest(output));
    assertThat(found.at("/output/frames").asInt()).isEqualTo(14);
    assertThat(found.at("/model").findValuesAsText("name"))
        .containsExactlyElementsOf(models.files());
    assertThat(found.at("/model/1/sha256").asText()).isEqualTo(digest(Path.of(models.unet())));
    assertThat(found.at("/options/seed").asLong()).isEqualTo(5);
    assertThat(found.at("/options/inferenceSteps").asInt()).isEqualTo(2);
    assertThat(found.at("/options/syncMode").asText()).isEqualTo("bounce");
    assertThat(found.at("/resynthesised/0/first").asInt()).isZero();
    assertThat(found.at("/resynthesised/0/last").asInt()).isEqualTo(13);
    assertThat(found.get("ingredients")).isEmpty();
    assertThat(tag("comment", output)).contains(SyntheticMediaMark.SOURCE_TYPE);
    assertThat(tag("title", output)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dubbed.mp4", "dubbed.m4v", "dubbed.mov"})
  void otherProgramsReadTheSourceTypeInTheXmp(String name) throws Exception {
    Path output = folder.resolve(name);
    assertThat(dub(output)).isZero();
    assertThat(new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1))
        .contains("Iptc4xmpExt:DigitalSourceType=\"" + SyntheticMediaMark.SOURCE_TYPE + "\"");
    Process exiftool;
    try {
      exiftool =
          new ProcessBuilder(
                  "exiftool", "-n", "-s3", "-XMP-iptcExt:DigitalSourceType", output.toString())
              .start();
    } catch (IOException e) {
      Assumptions.abort("skipped: exiftool is not installed (libimage-exiftool-perl)");
      throw e;
    }
    assertThat(new String(exiftool.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
        .isEqualTo(SyntheticMediaMark.SOURCE_TYPE);
  }

  @Test
  void matroskaHasTheComment() throws Exception {
    Path output = folder.resolve("dubbed.mkv");
    assertThat(dub(output)).isZero();
    assertThat(tag("comment", output)).contains(SyntheticMediaMark.SOURCE_TYPE);
    assertThat(beside(output)).exists();
  }

  @Test
  void withoutProvenanceThereIsNoMarkAndNoFile() throws Exception {
    Path output = folder.resolve("dubbed.mp4");
    assertThat(dub(output, "--provenance", "off")).isZero();
    assertThat(tag("comment", output)).isEmpty();
    assertThat(new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1))
        .doesNotContain("xmpmeta");
    assertThat(beside(output)).doesNotExist();
  }

  @Test
  void contentCredentialsOfTheSourceAreAnIngredient() throws Exception {
    byte[] box = new byte[64];
    ByteBuffer.wrap(box)
        .putInt(box.length)
        .put("uuid".getBytes(StandardCharsets.US_ASCII))
        .putLong(0xD8FEC3D61B0E483CL)
        .putLong(0x92975828877EC481L);
    Files.write(video, box, StandardOpenOption.APPEND);
    Path output = folder.resolve("dubbed.mp4");
    assertThat(dub(output)).isZero();
    JsonNode found = new ObjectMapper().readTree(beside(output).toFile()).at("/ingredients/0");
    assertThat(found.get("of").asText()).isEqualTo(video.toString());
    assertThat(found.get("kind").asText()).isEqualTo("c2pa");
    assertThat(found.get("sha256").asText()).isEqualTo(DigestUtils.sha256Hex(box));
    assertThat(ProvenanceFile.notes(video))
        .containsExactly(
            "the video carries Content Credentials (C2PA); their signature does not cover the"
                + " output, which names them as an ingredient");
    assertThat(ProvenanceFile.notes(output)).isEmpty();
  }

  @Test
  void theNameOfTheFileFitsTheFileSystem() {
    Location output = new Location("/out/" + "ü".repeat(125) + "-.mkv");
    String name = ProvenanceFile.of(output).fileName();
    assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(255);
    assertThat(name).matches("ü+\\.[0-9a-f]{8}\\.provenance\\.json");
    assertThat(ProvenanceFile.of(new Location("/out/a.mp4")).name())
        .isEqualTo("/out/a.mp4.provenance.json");
  }
}
