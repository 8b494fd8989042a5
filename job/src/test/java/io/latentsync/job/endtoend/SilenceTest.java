package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import io.latentsync.testing.FfmpegProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lips in a pause of 1.2 s, with the demonstration model. */
@Tag("slow")
final class SilenceTest {
  private static final int FRAMES = 71;
  private static final int PAUSE_FIRST = 30;
  private static final int PAUSE_END = 60;

  /** Frames at each border of the pause that the fades and the decay of the speech take. */
  private static final int BORDER = 5;

  @TempDir Path folder;
  private Path video;
  private Path speech;

  @BeforeEach
  void inputs() throws IOException {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: this build has no face mesh");
    assumeTrue(Demonstration.hasModel(), "skipped: this build has no demonstration model");
    video = Clips.sample("clip2.mp4", folder);
    speech = folder.resolve("pause.wav");
    FfmpegProgram.ffmpeg(
        "-i",
        Clips.sample("speech1.wav", folder).toString(),
        "-af",
        "volume=enable='between(t,1.2,2.4)':volume=0,atrim=end=2.76",
        speech.toString());
  }

  /** Dubs with a policy; returns the opening of the mouth in each frame. */
  private double[] dubbed(String policy) throws IOException {
    Path output = folder.resolve(policy + ".mp4");
    CommandOutput run =
        CommandOutput.of(
            "dub",
            () ->
                DubCommand.run(
                    "--video_path=" + video,
                    "--audio_path=" + speech,
                    "--video_out_path=" + output,
                    "--demo_model",
                    "--inference_steps=2",
                    "--silence=" + policy));
    assertThat(run.errors()).isEmpty();
    double[] openings = openings(output);
    assertThat(openings).hasSize(FRAMES);
    return openings;
  }

  /** The opening of the mouth in each frame of a video. */
  private static double[] openings(Path file) throws IOException {
    VideoProbe probe = VideoProbe.of(file);
    double[] openings = new double[probe.frames()];
    try (VideoReader reader = VideoReader.open(file, probe);
        FaceDetector detector = FaceDetectors.open()) {
      for (int i = 0; i < openings.length; i++) {
        try (VideoFrame frame = reader.read(i)) {
          openings[i] =
              detector.detectLargest(frame.toRgb()).map(DetectedFace::mouth).orElseThrow();
        }
      }
    }
    return openings;
  }

  /** What the face mesh measures for closed lips of this head: the mean of the source's frames. */
  private double closed() throws IOException {
    List<String> truth = Files.readAllLines(Path.of("src/main/resources/demo/clip2.csv"));
    double[] openings = openings(video);
    return mean(
        openings,
        IntStream.range(0, openings.length)
            .filter(
                frame ->
                    Double.parseDouble(Splitter.on(',').splitToList(truth.get(frame + 1)).get(1))
                        == 0));
  }

  private static double mean(double[] values, IntStream frames) {
    return frames.mapToDouble(frame -> values[frame]).average().orElseThrow();
  }

  @Test
  void theMouthRestsInThePause() throws Exception {
    double[] openings = dubbed("rest");
    double speaking =
        mean(
            openings,
            IntStream.concat(IntStream.range(0, PAUSE_FIRST), IntStream.range(PAUSE_END, FRAMES)));
    double silent = mean(openings, IntStream.range(PAUSE_FIRST + BORDER, PAUSE_END - BORDER));
    double closed = closed();
    assertThat((silent - closed) / (speaking - closed)).isLessThan(0.1);
  }
}
