package io.latentsync.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.testing.Distances;
import io.latentsync.train.clip.ClipScript;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.clip.TrainingClips;
import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
final class AlignedHeadsTest {

  @Test
  void eachFrameOfASyntheticClipHasAFaceASourceAndAMouth() throws IOException {
    assumeTrue(EspeakNg.available(), "espeak-ng is not installed");
    ClipScript script = TrainingClips.script(3);
    SyntheticClip clip =
        SyntheticClip.of(
            new ClipScript(script.identity(), "Papa popped.", script.voice(), script.motion()),
            new EspeakNg());
    try (FaceDetector detector = FaceDetectors.open()) {
      TalkingFaces.Clip faces = AlignedHeads.of(clip, detector, 64, 0, clip.frames());
      assertThat(faces.faces()).hasSize(clip.frames()).allMatch(face -> face.width() == 64);
      assertThat(faces.sources()).hasSize(clip.frames());
      // The target's mouth is in the middle of the word; the source's mouth, half a clip away, is
      // in silence.
      assertThat(faces.sources().get(clip.frames() / 2).pixels())
          .isNotEqualTo(faces.faces().get(clip.frames() / 2).pixels());
      assertThat(faces.mouths().get(clip.frames() / 2)).isEqualTo(clip.mouth(clip.frames() / 2));
      assertThat(faces.speech()).hasSize(640 * clip.frames());

      int end = clip.frames();
      assertThat(end).isGreaterThan(27);
      TalkingFaces.Clip some = AlignedHeads.of(clip, detector, 64, end - 2, 2);
      assertThat(some.first()).as("a second's speech before the faces").isEqualTo(25);
      assertThat(some.faces()).hasSize(2);
      assertThat(some.mouths()).isEqualTo(faces.mouths().subList(end - 27, end));
      assertThat(some.speech())
          .isEqualTo(Arrays.copyOfRange(faces.speech(), 640 * (end - 27), 640 * end));
      assertThat(Distances.greyLevels(some.faces().get(1), faces.faces().get(end - 1)))
          .isLessThan(4);
      assertThat(Distances.greyLevels(some.faces().get(1), some.sources().get(1)))
          .isEqualTo(
              Distances.greyLevels(faces.faces().get(end - 1), faces.sources().get(end - 1)),
              within(1.0));

      TalkingFaces.Clip early = AlignedHeads.of(clip, detector, 64, 0, 1);
      assertThat(early.first()).isZero();
      assertThat(early.mouths()).isEqualTo(faces.mouths().subList(0, 26));
      assertThat(early.speech()).isEqualTo(Arrays.copyOf(faces.speech(), 640 * 26));
    }
  }
}
