package io.latentsync.model.validate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.media.video.FrameState;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.model.validate.BorderSteps.Kind;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ValidationTest {
  private static final int FRAMES = 400;

  /** A video whose faces change by 4 in each frame, as the source's do. */
  private final List<FrameMeasure> measures = new ArrayList<>();

  private final BitSet newLips = new BitSet();
  private final BitSet chunks = new BitSet();
  private float[] openings = new float[0];
  private float[] envelope = new float[0];
  private Optional<SyncReport> sync = Optional.empty();
  private String name = "";
  private int crf = 18;

  ValidationTest() {
    newLips.set(0, FRAMES);
    Random random = new Random(1);
    for (int frame = 0; frame < FRAMES; frame++) {
      double motion = 4 + random.nextDouble();
      measures.add(
          new FrameMeasure(
              frame, FrameState.INTACT, 3000, 1000, frame == 0 ? Double.NaN : motion, 4));
      if (frame % 16 == 0 && frame > 0) {
        chunks.set(frame);
      }
    }
  }

  private Validation validation() {
    return Validation.of(
        measures,
        new Validation.Facts(
            FrameRate.REFERENCE,
            FrameRange.cut(FRAMES, 96),
            Map.of(Kind.CHUNK, chunks, Kind.SHOT, new BitSet()),
            newLips,
            crf,
            List.of(new Validation.Speaker(name, openings, envelope, sync))));
  }

  private void change(int frame, double squares, double step, double sourceStep) {
    measures.set(
        frame, new FrameMeasure(frame, FrameState.INTACT, squares, 1000, step, sourceStep));
  }

  @Test
  void anEvenVideoHasNoFindings() {
    Validation validation = validation();
    assertThat(validation.findings()).isEmpty();
    // 3 squared levels.
    assertThat(validation.psnr()).isCloseTo(43.36, within(0.01));
    assertThat(validation.borders()).hasSize(1);
    assertThat(validation.borders().get(0).kind()).isEqualTo(Kind.CHUNK);
    assertThat(validation.borders().get(0).count()).isEqualTo(24);
    assertThat(validation.borders().get(0).mean()).isCloseTo(1, within(0.1));
    assertThat(validation.text())
        .startsWith("400 frames decoded, PSNR outside the faces 43.4 dB (worst segment 43.4), 24")
        .doesNotContain("finding");
  }

  @Test
  void oneBadSegmentIsNamed() {
    for (int frame = 96; frame < 192; frame++) {
      change(frame, 9000, 4, 4);
    }
    assertThat(validation().findings())
        .containsExactly(
            "the picture outside the faces differs from the source: PSNR 41.7 dB, in frames 96 to"
                + " 191 38.6 dB; at least 42 is usual");
  }

  @Test
  void aLargerCrfAllowsALowerPsnr() {
    for (int frame = 200; frame < 296; frame++) {
      change(frame, 9000, 4, 4);
    }
    crf = 30;
    assertThat(validation().findings()).isEmpty();
  }

  @Test
  void jumpsAtTheBordersOfChunksAreSeen() {
    chunks.stream().forEach(frame -> change(frame, 3000, 9, 4));
    Validation validation = validation();
    assertThat(validation.borders().get(0).mean()).isCloseTo(2, within(0.1));
    assertThat(validation.findings())
        .singleElement()
        .asString()
        .matches(
            "the faces jump at borders of chunks: the change is \\d\\.\\d\\d times that elsewhere,"
                + " the largest \\d\\.\\d\\d times the largest elsewhere; at most 1\\.5 is usual");
    assertThat(validation.text()).endsWith(", 1 finding");
  }

  @Test
  void aCutOfTheSourceAtABorderIsNoJump() {
    change(160, 3000, 900, 880);
    assertThat(validation().findings()).isEmpty();
  }

  @Test
  void oneLargeJumpAtFewBordersIsSeen() {
    BitSet range = new BitSet();
    range.set(100);
    change(100, 3000, 20, 4);
    List<BorderSteps> steps =
        BorderSteps.of(measures, Map.of(Kind.RANGE, range), frame -> frame >= 0);
    assertThat(steps).singleElement().matches(BorderSteps::isVisible);
    change(100, 3000, 6, 4);
    steps = BorderSteps.of(measures, Map.of(Kind.RANGE, range), frame -> frame >= 0);
    assertThat(steps).singleElement().matches(step -> !step.isVisible());
  }

  @Test
  void lipsThatMoveWhileTheSpeechPausesAreSeen() {
    openings = new float[FRAMES];
    envelope = new float[FRAMES];
    Arrays.fill(envelope, 0, 300, 1000);
    Arrays.fill(openings, 0, 300, 0.2f);
    Arrays.fill(openings, 300, FRAMES, 0.14f);
    Validation validation = validation();
    assertThat(validation.silence().get().frames()).isEqualTo(96);
    assertThat(validation.silence().get().share()).isCloseTo(0.7, within(1e-6));
    assertThat(validation.findings())
        .containsExactly(
            "the mouth is open while the speech is silent: 70 % of its opening in speech, in 96"
                + " frames; at most 50 % is usual");
    name = "anna";
    assertThat(validation().findings().get(0)).startsWith("anna: the mouth is open while");
    Arrays.fill(openings, 300, FRAMES, 0.04f);
    assertThat(validation().findings()).isEmpty();
    assertThat(validation().text()).contains("mouth in silence 20 % of speech");
  }

  @Test
  void shortPausesAreNoSilence() {
    openings = new float[FRAMES];
    envelope = new float[FRAMES];
    for (int frame = 0; frame < FRAMES; frame++) {
      envelope[frame] = frame % 10 < 5 ? 1000 : 0;
      openings[frame] = 0.2f;
    }
    assertThat(validation().silence()).isEmpty();
  }

  @Test
  void lipsThatDoNotFollowTheSpeechAreSeen() {
    openings = new float[FRAMES];
    envelope = new float[FRAMES];
    Random random = new Random(7);
    for (int frame = 0; frame < FRAMES; frame++) {
      envelope[frame] = 500 + 500 * random.nextFloat();
      openings[frame] = random.nextFloat();
    }
    sync =
        Optional.of(
            SyncReport.of(openings, envelope, FrameRange.cut(FRAMES, 96), FrameRate.REFERENCE));
    assertThat(validation().findings())
        .anyMatch(finding -> finding.startsWith("the lips do not follow the speech: r "));
    openings = envelope.clone();
    sync =
        Optional.of(
            SyncReport.of(openings, envelope, FrameRange.cut(FRAMES, 96), FrameRate.REFERENCE));
    assertThat(validation().findings()).isEmpty();
  }

  @Test
  void framesThatCannotBeDecodedAreCounted() {
    measures.set(3, new FrameMeasure(3, FrameState.CONCEALED, 0, 1, 0, 0));
    measures.set(4, new FrameMeasure(4, FrameState.MISSING, 0, 1, 0, 0));
    assertThat(Validation.damaged(measures)).isEqualTo(2);
  }
}
