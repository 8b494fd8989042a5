package io.latentsync.train.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.blend.Mask;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import io.latentsync.testing.Distances;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.head.MouthShape;
import io.latentsync.train.speech.Speech;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests on rendered heads, with the demonstration model's autoencoder. */
final class PerfectDenoiserTest {
  private static final int FRAMES = 3;
  private static final MouthShape OPEN = new MouthShape(1, 0.5f, 0, 0.5f, 0.3f);

  @TempDir private Path folder;

  @Test
  void theMouthComesFromTheTruthAndTheRestFromTheClip() throws IOException {
    SyntheticClip clip = new SyntheticClip(7, new Speech(new short[640 * FRAMES], List.of()), 7);
    List<RgbImage> closed = new ArrayList<>();
    List<RgbImage> open = new ArrayList<>();
    for (int i = 0; i < FRAMES; i++) {
      closed.add(clip.frame(i, MouthShape.CLOSED));
      open.add(clip.frame(i, OPEN));
    }
    List<RgbImage> dubbed;
    try (FaceDetector detector = FaceDetectors.open();
        PerfectDenoiser denoiser =
            new PerfectDenoiser(
                DemonstrationAutoencoder.load(folder),
                Mask.bundled(DemonstrationAutoencoder.RESOLUTION))) {
      dubbed = denoiser.dub(closed, open, detector);
    }
    assertThat(dubbed).hasSize(FRAMES);
    for (int i = 0; i < FRAMES; i++) {
      assertThat(mouth(dubbed.get(i), open.get(i)))
          .isLessThan(0.25 * mouth(dubbed.get(i), closed.get(i)));
      assertThat(Distances.greyLevels(dubbed.get(i), closed.get(i), 0, 0, 512, 100)).isZero();
      assertThat(Distances.greyLevels(dubbed.get(i), closed.get(i), 0, 0, 60, 512)).isZero();
      assertThat(Distances.greyLevels(dubbed.get(i), closed.get(i), 452, 0, 512, 512)).isZero();
    }
  }

  /** The difference in the mouth region of a head at rest. */
  private static double mouth(RgbImage a, RgbImage b) {
    return Distances.greyLevels(a, b, 216, 300, 296, 352);
  }
}
