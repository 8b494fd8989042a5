package io.latentsync.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.face.FaceDetector;
import io.latentsync.face.FaceDetectors;
import io.latentsync.train.head.ClipScript;
import io.latentsync.train.head.EspeakNg;
import io.latentsync.train.head.SyntheticClip;
import io.latentsync.train.head.TrainingClips;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class AlignedHeadsTest {

  @Test
  void everyFrameOfASyntheticClipGivesAFaceItsSourceAndItsMouth() throws IOException {
    assumeTrue(EspeakNg.available(), "espeak-ng is not installed");
    ClipScript script = TrainingClips.script(3);
    SyntheticClip clip =
        SyntheticClip.of(
            new ClipScript(script.identity(), "Papa.", script.voice(), script.motion()),
            new EspeakNg());
    try (FaceDetector detector = FaceDetectors.open()) {
      TalkingFaces.Clip faces = AlignedHeads.of(clip, detector, 64);
      assertThat(faces.faces()).hasSize(clip.frames()).allMatch(face -> face.width() == 64);
      assertThat(faces.sources()).hasSize(clip.frames());
      // The middle of the word and, half the clip away, the silence before it.
      assertThat(faces.sources().get(clip.frames() / 2).pixels())
          .isNotEqualTo(faces.faces().get(clip.frames() / 2).pixels());
      assertThat(faces.mouths().get(clip.frames() / 2)).isEqualTo(clip.mouth(clip.frames() / 2));
      assertThat(faces.speech()).hasSize(640 * clip.frames());
    }
  }
}
