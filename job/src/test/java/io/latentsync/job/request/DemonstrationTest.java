package io.latentsync.job.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.image.RgbImage;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.model.sync.SyncMeasure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration with the default options. */
@Tag("slow")
final class DemonstrationTest {
  private static final long LARGEST_MODEL = 15_000_000;

  @TempDir Path folder;

  @Test
  void theLipsOfTheDemoFollowTheNewSpeech() throws IOException {
    Path output = folder.resolve("dubbed.mp4");
    int code = DubCommand.run("--demo", "--video_out_path=" + output, "--inference_steps=8");

    assertThat(code).isZero();
    assertThat(folder.resolve("latentsync-demo-clip.mp4")).isRegularFile();
    assertThat(folder.resolve("latentsync-demo-speech.wav")).isRegularFile();
    float[] truth = Demonstration.truth();
    Optional<SyncMeasure> measure = SyncMeasure.of(openings(output), truth, 0, truth.length);
    assertThat(measure).isPresent();
    assertThat(measure.get().correlation()).isGreaterThan(0.7);
    assertThat(measure.get().lag()).isBetween(-1, 1);
  }

  @Test
  void theModelIsSmall() throws IOException {
    long bytes = 0;
    for (String location : Demonstration.MODEL.files()) {
      Path unpacked = Demonstration.unpack(location, folder);
      if (Files.isDirectory(unpacked)) {
        bytes += Files.size(unpacked.resolve("diffusion_pytorch_model.safetensors"));
      } else {
        bytes += Files.size(unpacked);
      }
    }
    assertThat(bytes).isLessThan(LARGEST_MODEL);
  }

  /** Measured in the finished video, after encoding. */
  private static float[] openings(Path video) throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          frames.add(frame.toRgb());
        }
      }
    }
    FaceTemplate template = new FaceTemplate(256);
    List<Optional<FacePoints>> found = new ArrayList<>();
    float[] openings = new float[frames.size()];
    try (FaceDetector detector = FaceDetectors.open();
        MouthOpening mouth = MouthOpening.open(template).orElseThrow()) {
      frames.forEach(frame -> found.add(detector.detectLargest(frame).map(DetectedFace::points)));
      FaceMatrices matrices = FaceMatrices.follow(found, template);
      for (int i = 0; i < openings.length; i++) {
        openings[i] =
            (float) mouth.measure(frames.get(i), matrices.get(i).orElseThrow()).orElse(Double.NaN);
      }
    }
    return openings;
  }
}
