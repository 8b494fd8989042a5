package io.latentsync.model.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.SpeechEnvelope;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceAligner;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.align.MouthOpening;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import io.latentsync.media.sound.AudioReader;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.media.video.VideoReader;
import io.latentsync.testing.Clips;
import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The whole chain on clips of real people with their own sound. The frequency band and the drift
 * window were chosen with these two clips, so the test protects against regressions; it is no
 * evidence for other people.
 */
@Tag("slow")
@Tag("oracle")
final class SyncMeasureOracleTest {
  /**
   * Only every second frame is searched for faces: heads move little from frame to frame, and
   * detection takes most of the time.
   */
  private static final int DETECT_EVERY = 2;

  @Test
  void realPeopleFollowTheirOwnSpeechAndNotAnothers() throws Exception {
    Path first = Clips.clip("demo1_video.mp4");
    Path second = Clips.clip("demo2_video.mp4");
    float[][] mouths = {mouth(first), mouth(second)};
    float[][] speeches = {speech(first), speech(second)};
    for (int clip = 0; clip < 2; clip++) {
      SyncMeasure own = SyncMeasure.of(mouths[clip], speeches[clip]).orElseThrow();
      SyncMeasure other = SyncMeasure.of(mouths[clip], speeches[1 - clip]).orElseThrow();
      assertThat(own.lag()).isBetween(-2, 1);
      assertThat(own.correlation()).isGreaterThan(0.3);
      assertThat(own.correlationInPlace()).isGreaterThan(0.2);
      assertThat(other.correlationInPlace()).isLessThan(0.1);
      assertThat(other.correlation()).isLessThan(own.correlation());
    }
  }

  private static float[] speech(Path clip) throws IOException {
    int frames = VideoProbe.of(clip).frames();
    short[] pcm = new short[frames * AudioReader.SAMPLE_RATE / 25];
    try (AudioReader reader = AudioReader.open(clip)) {
      // The sound ends slightly before the last picture.
      assertThat(reader.read(pcm)).isGreaterThan(pcm.length - AudioReader.SAMPLE_RATE / 10);
    }
    return SyncMeasure.withoutDrift(new SpeechEnvelope().frames(new PcmArray(pcm), 0, frames));
  }

  private static float[] mouth(Path clip) throws IOException {
    FaceTemplate template = new FaceTemplate(256);
    FaceAligner aligner = new FaceAligner(template);
    VideoProbe probe = VideoProbe.of(clip);
    float[] openings = new float[probe.frames()];
    Arrays.fill(openings, Float.NaN);
    try (FaceDetector detector = FaceDetectors.open();
        MouthOpening mouth =
            MouthOpening.open(template)
                .orElseGet(() -> Assumptions.abort("skipped: this build has no face mesh"));
        VideoReader reader = VideoReader.open(clip, probe)) {
      Optional<AffineMatrix> face = Optional.empty();
      for (int frame = 0; frame < openings.length; frame++) {
        try (VideoFrame decoded = reader.read(frame)) {
          RgbImage picture = decoded.toRgb();
          if (frame % DETECT_EVERY == 0) {
            face = detector.detectLargest(picture).map(f -> aligner.align(f.points()));
          }
          if (face.isPresent()) {
            openings[frame] = (float) mouth.measure(picture, face.get()).orElse(Double.NaN);
          }
        }
      }
    }
    return SyncMeasure.withoutDrift(openings);
  }
}
