package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.face.detect.Rotation;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.image.RgbImage;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.EvalCommand;
import io.latentsync.job.cli.ProbeCommand;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.job.testing.TurnedClip;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Distances;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sideways videos without orientation metadata. */
@Tag("slow")
final class SidewaysVideoTest {
  /** Number of frames for a quarter of a second of speech. */
  private static final int FRAMES = 8;

  /** A measure needs the mouths of one second. */
  private static final int SECOND = 30;

  @TempDir Path folder;

  @BeforeEach
  void detectors() {
    assumeTrue(MediaPipeFaceDetector.available(), "skipped: built without MediaPipe's models");
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, NONE",
    "CLOCKWISE, COUNTERCLOCKWISE",
    "HALF, HALF",
    "COUNTERCLOCKWISE, CLOCKWISE"
  })
  void theRotationIsUndone(Rotation made, Rotation undone) throws IOException {
    assertThat(turn(video(3, made, 0))).isEqualTo(undone);
  }

  @Test
  void theOrientationNeedsFacesInMoreThanHalfOfTheFrames() throws IOException {
    assertThat(turn(video(5, Rotation.CLOCKWISE, 2))).isEqualTo(Rotation.COUNTERCLOCKWISE);
    assertThat(turn(video(5, Rotation.CLOCKWISE, 3))).isEqualTo(Rotation.NONE);
  }

  @Test
  void aSidewaysVideoIsDubbedLikeAnUprightOne() throws Exception {
    Path standing = video(FRAMES, Rotation.NONE, 0);
    Path lying = video(FRAMES, Rotation.CLOCKWISE, 0);
    List<RgbImage> source = frames(standing, Rotation.NONE);
    List<RgbImage> turned = frames(lying, Rotation.COUNTERCLOCKWISE);
    List<RgbImage> expected = frames(dub(standing), Rotation.NONE);
    List<RgbImage> dubbed = frames(dub(lying), Rotation.COUNTERCLOCKWISE);
    assertThat(dubbed).hasSize(FRAMES);
    // Mean over all frames, because the new mouth may resemble the old one in some of them.
    double change = difference(expected, source);
    double encoding = difference(turned, source);
    assertThat(difference(dubbed, expected))
        .as("grey levels: dubbing changes %.2f, encoding a turned picture %.2f", change, encoding)
        .isLessThan(change / 2 + encoding);
  }

  private static Rotation turn(Path video) throws IOException {
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe);
        FaceDetector detector = FaceDetectors.open()) {
      return VideoOrientation.of(reader, probe.frames(), detector);
    }
  }

  private Path video(int frames, Rotation turn, int black) throws IOException {
    return TurnedClip.of(folder, frames, turn, black);
  }

  @Test
  void theProbeFindsTheFacesThatDubbingWould() throws Exception {
    CommandOutput output =
        CommandOutput.of(
            "probe",
            new ProbeCommand(),
            video(FRAMES, Rotation.HALF, 0).toString(),
            speech().toString());
    assertThat(output.code()).isZero();
    assertThat(output.out()).contains("in 8 of 8 sampled frames, rotated by 180°, at least");
  }

  @Test
  void theEvaluationMeasuresTheMouthsOfAnUpsideDownVideo() throws Exception {
    String speech = TurnedClip.standing(folder).toString();
    CommandOutput standing = eval(video(SECOND, Rotation.NONE, 0), speech);
    CommandOutput upsideDown = eval(video(SECOND, Rotation.HALF, 0), speech);
    assertThat(upsideDown.code()).isZero();
    assertThat(upsideDown.out()).contains(": 30 frames (1.20 s at 25 fps), a face in 30");
    assertThat(correlation(upsideDown)).isCloseTo(correlation(standing), within(0.1));
  }

  private static CommandOutput eval(Path video, String speech) {
    return CommandOutput.of("eval", new EvalCommand(), video.toString(), speech);
  }

  /** At lag 0. */
  private static double correlation(CommandOutput output) {
    Matcher value = Pattern.compile("sync +r (-?\\d\\.\\d\\d) at lag").matcher(output.out());
    assertThat(value.find()).as(output.out()).isTrue();
    return Double.parseDouble(value.group(1));
  }

  /** A quarter of a second that opens the mouth. */
  private Path speech() throws Exception {
    Path speech = folder.resolve("speech.wav");
    try (AudioInputStream all =
        AudioSystem.getAudioInputStream(
            new BufferedInputStream(
                Demonstration.class.getResourceAsStream("/demo/speech3.wav")))) {
      long quarter = (long) (all.getFormat().getFrameRate() / 4);
      all.skipNBytes(2 * quarter * all.getFormat().getFrameSize());
      AudioInputStream beginning = new AudioInputStream(all, all.getFormat(), quarter);
      AudioSystem.write(beginning, AudioFileFormat.Type.WAVE, speech.toFile());
    }
    return speech;
  }

  private Path dub(Path video) throws Exception {
    Path output = folder.resolve("dubbed " + video.getFileName());
    assertThat(
            DubCommand.run(
                "--video_path=" + video,
                "--audio_path=" + speech(),
                "--video_out_path=" + output,
                "--inference_steps=2",
                "--blend=reference"))
        .isZero();
    return output;
  }

  private static List<RgbImage> frames(Path video, Rotation turn) throws IOException {
    List<RgbImage> frames = new ArrayList<>();
    VideoProbe probe = VideoProbe.of(video);
    try (VideoReader reader = VideoReader.open(video, probe)) {
      for (int i = 0; i < probe.frames(); i++) {
        try (VideoFrame frame = reader.read(i)) {
          frames.add(turn.turn(frame.toRgb()));
        }
      }
    }
    return frames;
  }

  /** Mean over the lower half of the face of this head. */
  private static double difference(List<RgbImage> a, List<RgbImage> b) {
    return IntStream.range(0, FRAMES)
        .mapToDouble(i -> Distances.greyLevels(a.get(i), b.get(i), 190, 250, 320, 340))
        .average()
        .orElseThrow();
  }
}
