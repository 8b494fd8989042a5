package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Scratch;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProbeCommandTest {
  private static final Path CONF = Path.of(System.getProperty("conf.dir", "../conf"));

  @TempDir Path folder;
  private String video;
  private String speech;

  @BeforeEach
  void inputs() {
    NanoModels nano = new NanoModels(folder);
    video = nano.video(20).toString();
    speech = nano.speech(2).toString();
  }

  private static CommandOutput run(String... arguments) {
    return CommandOutput.of("probe", new ProbeCommand(), arguments);
  }

  @Test
  void theSummaryOfThePlanIsPrinted() {
    CommandOutput output = run(video, speech, "--segment_frames=16");
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    List<String> lines = output.out().lines().toList();
    assertThat(lines.get(0)).contains("h264, 720×1280, 25.00 frames/s: 20 frames at 25 fps");
    assertThat(lines.get(1)).contains("44100 Hz, 2 channels");
    // 2 s are 100 rows of features, which make 100 / 2 + 2 frames.
    assertThat(lines.get(2)).contains("52 frames (2.08 s)", "backward");
    assertThat(lines.get(3)).contains("4, with 1 audio windows");
    assertThat(lines.get(4)).contains("in 12 of 12 sampled frames", "several in 0");
    assertThat(lines.get(5)).isEqualTo("damage       none");
    assertThat(lines.get(6)).isEqualTo("shots        1");
    assertThat(lines.get(7)).contains("--unet_config_path");
  }

  @Test
  void theTimeInBf16IsThatOfFp32OnACpuAndTheMemoryIsHalf() {
    String config = "--unet_config_path=" + CONF.resolve("unet/stage2.yaml");
    CommandOutput output = run(video, speech, config, "--dtype=bf16");
    assertThat(output.code()).isZero();
    assertThat(output.out()).containsPattern("cost +about .*\\(measured, fp32\\)");
    assertThat(output.out()).containsPattern("memory +about .* in bf16: weights 2\\.5");
  }

  @Test
  void theCostOfThePublishedModelIsEstimatedWithoutItsCheckpoint() {
    CommandOutput output =
        run(
            video,
            speech,
            "--unet_config_path=" + CONF.resolve("unet/stage2.yaml"),
            "--guidance_scale=1.5");
    assertThat(output.code()).isZero();
    assertThat(output.out()).containsPattern("cost +about [\\d.]+ (s|min|h) on this machine");
    // 52 frames, 20 steps, twice for the guidance, 0.25 TFLOP each, and the VAE.
    assertThat(output.out()).containsPattern(": 5\\d\\d(\\.\\d)? TFLOP");
    // 1.27 and 0.08 thousand million values of 4 bytes.
    assertThat(output.out()).contains("weights 5.0");
    // 32 frames of the two passes: 0.90; of the video 48 and 226 pictures of 1.5 times 720 by 1280
    // bytes, 48 faces of 15 times 256 by 256: 0.40.
    assertThat(output.out()).contains(" 1.30 (networks 0.90, pictures 0.40), the program 0.6");
    assertThat(output.out())
        .containsPattern(
            "on a GPU +about \\d+ s on T4, .* s on H100 in fp16 \\(calculated, never"
                + " measured\\); GPU memory 3.0 GiB and 0.4 for each task");
  }

  @Test
  void theSpeakersOfAnEditAreListedAndEachAddsToTheCost() throws IOException {
    Path edit =
        Files.writeString(
            folder.resolve("edit.json"),
            """
            {"speakers": [{"name": "anna", "face": "left", "audio": "%1$s"},
                          {"name": "ben", "face": "right", "audio": "%1$s"}],
             "ranges": [{"from": 0, "to": 1.04, "dub": "anna"}]}
            """
                .formatted(speech));
    CommandOutput output = run(video, "--edit=" + edit, "--demo_model");
    assertThat(output.errors()).isEmpty();
    assertThat(output.out())
        .contains(
            "speaker      anna: new lips in up to 50 % of the frames",
            "speaker      ben: new lips in up to 100 % of the frames");
    double one = teraflop(run(video, speech, "--demo_model"));
    assertThat(teraflop(output) / one).isCloseTo(1.5, within(0.02));
    assertThat(run(video, "--edit=" + edit, "--manifest=" + edit).errors())
        .containsExactly(
            "probe: --manifest %s: its fields speakers, ranges and sound replace --edit"
                .formatted(edit));
  }

  private static double teraflop(CommandOutput output) {
    Matcher matcher = Pattern.compile(": ([\\d.]+) TFLOP,").matcher(output.out());
    assertThat(matcher.find()).as(output.out()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  @Test
  void theCostOfTheDemonstrationModelIsThatOfItsOwnVae() throws IOException {
    double asked = teraflop(run(video, speech, "--demo_model"));
    // The same files in a folder, as of checkpoints: the VAE is next to the UNet's yaml.
    ModelFiles files = new ModelFiles(new Configuration());
    try (Scratch scratch = Scratch.temporary()) {
      Path yaml = files.locator(scratch).locate(Demonstration.MODEL.unetConfig());
      double assumed = teraflop(run(video, speech, "--unet_config_path=" + yaml));
      files.locator(scratch).locate(Demonstration.MODEL.vae());
      assertThat(teraflop(run(video, speech, "--unet_config_path=" + yaml))).isEqualTo(asked);
      assertThat(assumed).as("with a VAE of Stable Diffusion's size").isGreaterThan(5 * asked);
    }
  }

  @Test
  void aManifestsCostIsEstimatedWithItsOwnOptionsAndWithoutItsInvalidRequests() throws IOException {
    Path text = Files.writeString(folder.resolve("text.mp4"), "This is not a video.\n".repeat(99));
    Path manifest =
        Files.writeString(
            folder.resolve("night.csv"),
            """
            id,video,audio,output,steps
            a,%1$s,%2$s,a.mp4,10
            faulty,%3$s,%2$s,b.mp4,
            c,%1$s,%2$s,c.mp4,20
            """
                .formatted(video, speech, text));
    CommandOutput output = run("--manifest=" + manifest, "--demo_model", "--segment_frames=16");
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isEqualTo(3);
    List<String> lines = output.out().lines().toList();
    assertThat(lines.get(0)).matches("a: 52 frames \\(2\\.08 s\\), 4 segments, about \\d+ s");
    assertThat(lines.get(1))
        .startsWith("faulty: cannot be dubbed: " + text + ": ")
        .contains("is not a media file");
    assertThat(lines.get(2)).startsWith("c: 52 frames");
    assertThat(lines.get(3))
        .isEqualTo("total        2 of 3 requests can be dubbed: 0.1 min of video, 8 segments");
    assertThat(lines.get(4)).startsWith("cost         about ");
    assertThat(lines.get(5)).startsWith("memory       about ");
    double ten = teraflop(run(video, speech, "--demo_model", "--inference_steps=10"));
    double twenty = teraflop(run(video, speech, "--demo_model"));
    assertThat(teraflop(output)).isCloseTo(ten + twenty, within(0.001 * twenty));
  }

  @Test
  void inputsMustBeNamedOnce() {
    assertThat(run(video).errors())
        .containsExactly("probe: AUDIO: is missing; name VIDEO and AUDIO, or --manifest");
    assertThat(run(video, speech, "--manifest=night.csv").errors())
        .containsExactly(
            "probe: --manifest night.csv: already names the videos; omit VIDEO and AUDIO");
    assertThat(run(video, speech, "--demo_model", "--vae_path=vae").errors())
        .containsExactly(
            "probe: --demo_model: cannot be combined with --unet_config_path and --vae_path, which name"
                + " another model");
  }

  @Test
  void segmentsAreWholeChunksOfTheConfig() throws IOException {
    String published = Files.readString(CONF.resolve("unet/stage2.yaml"));
    assertThat(published).contains("num_frames: 16");
    Path config =
        Files.writeString(
            folder.resolve("unet.yaml"), published.replace("num_frames: 16", "num_frames: 6"));
    CommandOutput output = run(video, speech, "--segment_frames=5", "--unet_config_path=" + config);
    assertThat(output.errors()).isEmpty();
    // Of 52 frames: eight times 6, and 4.
    assertThat(output.out()).containsPattern("segments +9, ");
  }

  @Test
  void soundThatCannotBeMixedIsRefusedAsByDub() {
    Path many = folder.resolve("many.wav");
    FfmpegProgram.ffmpeg(
        "-f", "s16le", "-ar", "8000", "-ac", "70", "-i", "/dev/zero", "-t", "1", many.toString());
    CommandOutput output = run(video, many.toString());
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors())
        .containsExactly("probe: AUDIO " + many + ": has 70 channels, but at most 64 can be mixed");
  }

  @Test
  void soundOfMoreChannelsThanAacHasIsReportedAsMixedDown() {
    Path many = folder.resolve("many.wav");
    FfmpegProgram.ffmpeg(
        "-f", "s16le", "-ar", "8000", "-ac", "16", "-i", "/dev/zero", "-t", "1", many.toString());
    CommandOutput output = run(video, many.toString());
    assertThat(output.code()).isZero();
    assertThat(output.out())
        .containsPattern(
            "note +the sound has 16 channels, for which AAC has no layout; mixed down to 1 in the"
                + " output");
    assertThat(run(video, speech).out()).doesNotContain("mixed down");
  }

  @Test
  void aVideoWithoutAFaceIsRefusedAsByDub() {
    Path faceless = folder.resolve("faceless.mp4");
    FfmpegProgram.ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "0.2", faceless.toString());
    CommandOutput output = run(faceless.toString(), speech);
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors())
        .containsExactly(
            "probe: VIDEO %s: no face was found in any of its 5 frames; a talking head must be in sight"
                .formatted(faceless));
  }

  @Test
  void aFaceOutsideTheSampledFramesIsFound() {
    Path brief = folder.resolve("brief.mp4");
    FfmpegProgram.ffmpeg(
        "-stream_loop",
        "1",
        "-i",
        video,
        "-vf",
        "drawbox=c=black:t=fill:enable='gte(n,1)'",
        brief.toString());
    CommandOutput output = run(brief.toString(), speech, "--segment_frames=100");
    assertThat(output.errors()).isEmpty();
    assertThat(output.out()).contains("in 0 of 12 sampled frames");
  }

  @Test
  void invalidOptionsAreRefusedAsByDub() {
    assertThat(run(video, speech, "--inference_steps=1").errors().get(0))
        .contains("--inference_steps is 1");
    assertThat(run(video, speech, "--fps=30").errors().get(0))
        .contains("--fps is 30, but must be 25 or source");
    assertThat(run(video, speech, "--segment_frames=0").code()).isEqualTo(2);
    assertThat(run(video).errors().get(0)).contains("AUDIO");
  }
}
