package io.latentsync.job.report;

import static io.latentsync.testing.FfmpegProgram.ffmpeg;
import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.SampleResults;
import io.latentsync.record.MouthState;
import io.latentsync.record.RequestResult;
import io.latentsync.record.StillFrame;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StillsTest {
  @TempDir Path folder;

  @Test
  void manyRequestsHaveFewerStillsEach() {
    assertThat(Stills.pairsEach(1)).isEqualTo(Stills.MOST_PAIRS);
    assertThat(Stills.pairsEach(80)).isEqualTo(4);
    assertThat(Stills.pairsEach(200)).isEqualTo(1);
    assertThat(Stills.pairsEach(Stills.MOST_PAIRS)).isEqualTo(1);
  }

  private Path video(String name, int frames) {
    Path file = folder.resolve(name);
    ffmpeg(
        "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v %d -c:v libx264 -pix_fmt yuv420p %s"
            .formatted(frames, file)
            .split(" "));
    return file;
  }

  private static Stills stills(Path source, Path dubbed, int frame) {
    RequestResult row =
        RequestResult.newBuilder(SampleResults.dubbed("talk", 1))
            .setVideo(source.toString())
            .setOutput(dubbed.toString())
            .setFrames(40)
            .setStillFrames(List.of(new StillFrame("", frame, MouthState.open, 20, 10, 64)))
            .build();
    return Stills.of(row, 4, new Configuration());
  }

  @Test
  void videoThatWasReplacedByAShorterOneHasNoPicturesButItsReason() {
    Path source = video("source.mp4", 40);
    Path dubbed = video("dubbed.mp4", 40);
    assertThat(stills(source, dubbed, 30).pairs()).hasSize(1);
    Path shorter = video("shorter.mp4", 5);
    assertThat(stills(source, shorter, 30))
        .isEqualTo(
            new Stills(
                "talk",
                List.of(),
                "%s or %s has changed since it was dubbed".formatted(source, shorter)));
    assertThat(stills(folder.resolve("gone.mp4"), dubbed, 30).problem())
        .isEqualTo(folder.resolve("gone.mp4") + ": no such file or folder");
  }
}
