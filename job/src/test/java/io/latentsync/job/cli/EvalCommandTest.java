package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
final class EvalCommandTest {
  @TempDir Path folder;

  private static CommandOutput run(String... arguments) {
    return CommandOutput.of("eval", new EvalCommand(), arguments);
  }

  /** The beginning of a synthetic head's clip with its sound. */
  private Path clip(double seconds) {
    Path clip = folder.resolve("clip.mp4");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("clip1.mp4", folder).toString(),
        "-t",
        String.valueOf(seconds),
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        clip.toString());
    return clip;
  }

  @Test
  void bothMeasuresArePrinted() throws IOException {
    String clip = clip(2.6).toString();
    CommandOutput output = run(clip, "--syncnet_path=" + new NanoModels(folder).syncNet());
    assertThat(output.errors()).isEmpty();
    assertThat(output.code()).isZero();
    List<String> lines = output.out().lines().toList();
    assertThat(lines.get(0)).startsWith("video").contains("(2.6").contains("a face in");
    assertThat(lines.get(1))
        .matches(
            MediaPipeFaceDetector.available()
                ? "sync +r -?[01]\\.\\d\\d at lag 0 \\(.*\\), 0 of .*"
                : "sync +not measured.*");
    // The weights are random, so the values are arbitrary.
    assertThat(lines.get(lines.size() - 1))
        .matches("SyncNet +Sync-C \\d+\\.\\d\\d, Sync-D \\d+\\.\\d\\d, offset [+-]\\d+, .*");
  }

  @Test
  void theSpeechCanComeFromAnotherFile() throws IOException {
    String clip = clip(1.2).toString();
    Path own = folder.resolve("own.wav");
    FfmpegProgram.ffmpeg("-i", clip, "-vn", own.toString());
    Path shorter = folder.resolve("shorter.wav");
    FfmpegProgram.ffmpeg("-i", clip, "-vn", "-t", "0.65", shorter.toString());
    assertThat(run(clip, own.toString()).out()).isEqualTo(run(clip).out());
    assertThat(run(clip, shorter.toString()).out()).contains(": 16 frames (0.64 s");
  }

  @Test
  void interlacedAndConvertedFramesAreCounted() throws IOException {
    Path interlaced = folder.resolve("interlaced.mp4");
    Path source = Clips.sample("clip1.mp4", folder);
    FfmpegProgram.ffmpeg(
        "-i %s -t 0.4 -vf fps=50,interlace -c:v libx264 -flags +ilme+ildct -bf 0 %s"
            .formatted(source, interlaced)
            .split(" "));
    assertThat(run(interlaced.toString()).out())
        .containsPattern(
            "note +10 of 10 frames are interlaced; converted to full frames \\(--deinterlace off keeps"
                + " them\\)");
    Path large = folder.resolve("large.h264");
    Path small = folder.resolve("small.h264");
    FfmpegProgram.ffmpeg(
        "-i %s -an -frames:v 4 -bf 0 %s -an -frames:v 6 -bf 0 -vf scale=256:200 %s"
            .formatted(source, large, small)
            .split(" "));
    Path both = folder.resolve("both.h264");
    Files.write(both, Files.readAllBytes(large));
    Files.write(both, Files.readAllBytes(small), StandardOpenOption.APPEND);
    Path changing = folder.resolve("changing.mp4");
    FfmpegProgram.ffmpeg(
        "-r 25 -i %s -i %s -map 0:v -map 1:a -t 0.4 -c:v copy %s"
            .formatted(both, source, changing)
            .split(" "));
    assertThat(run(changing.toString()).out())
        .containsPattern("note +6 of 10 frames have another size, .* converted to its 512×512");
  }

  @Test
  void inputsThatCannotBeMeasuredAreRefusedInOneLine() throws IOException {
    String clip = clip(0.4).toString();
    assertThat(run().errors().get(0)).contains("VIDEO");
    assertThat(run(folder.resolve("none.mp4").toString()).errors().get(0))
        .contains("none.mp4", "no such file");
    Path mute = folder.resolve("mute.mp4");
    FfmpegProgram.ffmpeg("-i", clip, "-an", "-c:v", "copy", mute.toString());
    assertThat(run(mute.toString()).errors().get(0)).contains("mute.mp4", "audio");
    Path faceless = folder.resolve("faceless.mp4");
    FfmpegProgram.ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-t", "0.4", faceless.toString());
    CommandOutput output = run(faceless.toString(), clip);
    assertThat(output.code()).isEqualTo(2);
    assertThat(output.errors()).hasSize(1);
    assertThat(output.errors().get(0)).contains("faceless.mp4", "no face");
    Path text = Files.writeString(folder.resolve("text.model"), "no checkpoint");
    assertThat(run(clip, "--syncnet_path=" + text).errors().get(0)).contains("text.model");
  }
}
