package io.latentsync.job.endtoend;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.ProbeCommand;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.TurnedClip;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dubs videos and speech of which a part is missing or overwritten. */
@Tag("slow")
final class DamagedInputsTest {
  @TempDir Path folder;
  private Path video;
  private Path speech;

  @BeforeEach
  void inputs() throws IOException {
    Path clip = TurnedClip.standing(folder);
    video = folder.resolve("talk.mp4");
    speech = folder.resolve("speech.wav");
    ffmpeg(
        ("-i " + clip + " -frames:v 14 -an -c:v libx264 -g 4 -bf 0 -movflags +faststart " + video)
            .split(" "));
    ffmpeg(("-ss 1 -t 0.48 -i " + clip + " -vn " + speech).split(" "));
  }

  private CommandOutput dub(String... more) {
    String[] command =
        Arrays.copyOf(
            new String[] {
              "--video_path=" + video,
              "--audio_path=" + speech,
              "--video_out_path=" + folder.resolve("dubbed.mp4"),
              "--report_dir=" + folder.resolve("report"),
              "--demo_model",
              "--inference_steps=2"
            },
            6 + more.length);
    System.arraycopy(more, 0, command, 6, more.length);
    return CommandOutput.of("dub", new DubCommand(), command);
  }

  private CommandOutput probe(String... more) {
    String[] command =
        Arrays.copyOf(new String[] {video.toString(), speech.toString()}, 2 + more.length);
    System.arraycopy(more, 0, command, 2, more.length);
    return CommandOutput.of("probe", new ProbeCommand(), command);
  }

  private static String damageLine(CommandOutput probe) {
    return probe
        .out()
        .lines()
        .filter(line -> line.startsWith("damage "))
        .map(line -> line.substring(13))
        .findFirst()
        .orElseThrow();
  }

  private void assertNoted(String note) throws IOException {
    CommandOutput dubbed = dub("--on_damaged=warn");
    assertThat(dubbed.code()).as("%s", dubbed).isZero();
    assertThat(dubbed.out()).contains(note);
    for (String name : List.of("results.json", "report.html")) {
      assertThat(Files.readString(folder.resolve("report").resolve(name))).contains(note);
    }
    assertThat(folder.resolve("dubbed.mp4")).exists();
  }

  @Test
  void aVideoThatWasCutOffIsRefusedOrNoted() throws IOException {
    CommandOutput intact = probe();
    assertThat(intact.code()).isZero();
    assertThat(intact.out()).contains("damage       none\n");
    byte[] bytes = Files.readAllBytes(video);
    Files.write(video, Arrays.copyOf(bytes, bytes.length * 6 / 10));

    CommandOutput refused = dub();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errors())
        .singleElement()
        .asString()
        .matches(
            ("dub: --video_path \\Q%s\\E: is damaged: of 14 needed frames, [3-9] are missing"
                    + " and [01] have decoding errors \\(\\d\\d\\.\\d %%\\); replace the file, or use"
                    + " --on_damaged warn to dub all that can be decoded")
                .formatted(video));
    assertThat(folder.resolve("dubbed.mp4")).doesNotExist();
    CommandOutput probe = probe();
    assertThat(probe.code()).isEqualTo(2);
    assertThat(probe.errors())
        .containsExactly(refused.errors().get(0).replace("dub: --video_path", "probe: VIDEO"));
    assertThat(probe("--on_damaged=warn").code()).isZero();
    String note = damageLine(probe);
    assertThat(note).startsWith("the video is damaged: of 14 needed frames, ");
    assertNoted(note);
  }

  @Test
  void aVideoWithOverwrittenPicturesIsRefusedAfterItsAnalysis() throws IOException {
    byte[] bytes = Files.readAllBytes(video);
    byte[] random = new byte[bytes.length / 4];
    new Random(7).nextBytes(random);
    System.arraycopy(random, 0, bytes, bytes.length / 2, random.length);
    Files.write(video, bytes);

    CommandOutput refused = dub();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errors())
        .anyMatch(
            line ->
                line.startsWith("dub: --video_path " + video + ": is damaged: of 14 needed frames")
                    && line.endsWith("--on_damaged warn to dub all that can be decoded"));
    assertNoted("the video is damaged: of 14 needed frames, ");
  }

  @Test
  void aSpeechThatWasCutOffIsRefusedOrNoted() throws IOException {
    byte[] bytes = Files.readAllBytes(speech);
    Files.write(speech, Arrays.copyOf(bytes, bytes.length / 4));

    CommandOutput refused = dub();
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errors())
        .singleElement()
        .asString()
        .matches(
            ("dub: --audio_path \\Q%s\\E: is damaged: .*the last 0\\.3\\d of 0\\.\\d\\d s are missing;"
                    + " replace the file, or use --on_damaged warn to dub all that can be decoded")
                .formatted(speech));
    assertNoted("the speech is damaged: ");
  }
}
