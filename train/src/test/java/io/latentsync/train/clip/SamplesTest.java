package io.latentsync.train.clip;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplesTest {
  private static final List<String> CLIPS = List.of("clip1", "clip2");
  private static final List<String> SPEECHES = List.of("speech1", "speech2", "speech3");

  @TempDir Path folder;

  @Test
  void samplesAreFourToSixSecondsAndTogetherBelowThreeMegabytes() throws IOException {
    long bytes = 0;
    for (String clip : CLIPS) {
      Path file = copy(clip + ".mp4");
      bytes += Files.size(file);
      assertThat(VideoProbe.of(file).frames()).isBetween(100, 150).isEqualTo(truth(clip).size());
      assertThat(AudioReader.probe(file).durationSeconds()).isBetween(4.0, 6.1);
    }
    for (String speech : SPEECHES) {
      Path file = copy(speech + ".wav");
      bytes += Files.size(file);
      double seconds = AudioReader.probe(file).durationSeconds();
      assertThat(seconds).isBetween(4.0, 6.0).isEqualTo(truth(speech).size() / 25.0);
    }
    assertThat(bytes).isLessThan(3_000_000);
  }

  @Test
  void eachFrameOfTheClipsHasOneFaceWhoseMouthFollowsTheTruth() throws IOException {
    try (FaceDetector detector = FaceDetectors.open()) {
      for (String clip : CLIPS) {
        Path file = copy(clip + ".mp4");
        VideoProbe probe = VideoProbe.of(file);
        List<Double> dark = new ArrayList<>();
        try (VideoReader reader = VideoReader.open(file, probe)) {
          for (int i = 0; i < probe.frames(); i++) {
            try (VideoFrame frame = reader.read(i)) {
              RgbImage picture = frame.toRgb();
              List<DetectedFace> faces = detector.detect(picture);
              assertThat(faces).as("%s, frame %d", clip, i).hasSize(1);
              dark.add(darkness(picture, faces.get(0)));
            }
          }
        }
        assertThat(correlation(dark, truth(clip))).as(clip).isGreaterThan(0.8);
      }
    }
  }

  /** Number of dark pixels where a face has its mouth. */
  private static double darkness(RgbImage picture, DetectedFace face) {
    int dark = 0;
    float middle = face.points().noseX();
    for (int y = (int) (face.points().noseY() + 30); y < face.y() + face.height() - 12; y++) {
      for (int x = (int) middle - 36; x < middle + 36; x++) {
        int at = 3 * (y * picture.width() + x);
        int sum = 0;
        for (int c = 0; c < 3; c++) {
          sum += picture.pixels()[at + c] & 255;
        }
        dark += sum < 130 ? 1 : 0;
      }
    }
    return dark;
  }

  private static double correlation(List<Double> a, List<Double> b) {
    double meanA = a.stream().mapToDouble(x -> x).average().orElseThrow();
    double meanB = b.stream().mapToDouble(x -> x).average().orElseThrow();
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.size(); i++) {
      ab += (a.get(i) - meanA) * (b.get(i) - meanB);
      aa += (a.get(i) - meanA) * (a.get(i) - meanA);
      bb += (b.get(i) - meanB) * (b.get(i) - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static List<Double> truth(String name) throws IOException {
    try (InputStream in = resource(name + ".csv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .map(row -> Double.parseDouble(row.split(",", -1)[1]))
          .toList();
    }
  }

  private Path copy(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = resource(name)) {
      Files.copy(in, file);
    }
    return file;
  }

  private static InputStream resource(String name) {
    InputStream in = SamplesTest.class.getResourceAsStream("/demo/" + name);
    assertThat(in).as("resource demo/" + name).isNotNull();
    return in;
  }
}
