package io.latentsync.job.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.storage.Location;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Two shots of 20 frames; the speech is silent from frame 10 to 29. */
final class FaceLayersTest {
  private static final int FRAMES = 40;
  private static final FrameSchedule SCHEDULE =
      new FrameSchedule(
          FRAMES, FRAMES, LengthPolicy.BOUNCE, new Shots(List.of(20)), new FrameRange(0, FRAMES));
  private static final FaceMatrices MATRICES =
      FaceMatrices.follow(
          Collections.nCopies(FRAMES, Optional.of(new FacePoints(40, 40, 80, 40, 60, 60))),
          new FaceTemplate(64));

  private final float[] mouths = new float[FRAMES];
  private final BitSet speech = new BitSet();

  FaceLayersTest() {
    for (int i = 0; i < FRAMES; i++) {
      // Closed at 4, 5, 6 and at 33, 34, 35; frame 15 alone is closed by a wrong measurement.
      boolean closed = Math.abs(i - 5) < 2 || Math.abs(i - 34) < 2 || i == 15;
      mouths[i] = closed ? 0.01f : 0.3f;
    }
    speech.set(0, 10);
    speech.set(30, FRAMES);
  }

  private FaceLayers layers(SilencePolicy policy, KeptRanges kept) {
    Speaker speaker = new Speaker("", FaceChoice.LARGEST, new Location("/speech.wav"), kept);
    return FaceLayers.of(
        new FollowedFace(speaker, 0, MATRICES, mouths, List.of()),
        policy,
        speech,
        SCHEDULE,
        FrameRate.REFERENCE);
  }

  /** The weights with two decimals. */
  private static List<Float> weights(LipLayer layer, int first, int end) {
    return IntStream.range(first, end)
        .mapToObj(frame -> Math.round(100 * layer.weights().at(frame)) / 100f)
        .toList();
  }

  @Test
  void withRenderThereIsOneLayer() {
    FaceLayers lips = layers(SilencePolicy.RENDER, KeptRanges.NONE);
    assertThat(lips.layers()).hasSize(1);
    assertThat(weights(lips.layers().get(0), 0, FRAMES)).containsOnly(1f);
  }

  @Test
  void theRestIsBlendedOverTheSpeechInsideTheSilence() {
    FaceLayers lips = layers(SilencePolicy.REST, KeptRanges.NONE);
    LipLayer base = lips.layers().get(0);
    LipLayer rest = lips.layers().get(1);
    assertThat(weights(rest, 8, 16)).containsExactly(0f, 0f, 0.2f, 0.4f, 0.6f, 0.8f, 1f, 1f);
    assertThat(weights(rest, 25, 31)).containsExactly(1f, 0.8f, 0.6f, 0.4f, 0.2f, 0f);
    assertThat(weights(base, 8, 16)).containsExactly(1f, 1f, 1f, 1f, 1f, 1f, 0f, 0f);
    assertThat(weights(base, 25, 31)).containsExactly(0f, 1f, 1f, 1f, 1f, 1f);
  }

  @Test
  void theRestComesFromTheMostClosedFrameOfTheShot() {
    int[] references = layers(SilencePolicy.REST, KeptRanges.NONE).layers().get(1).references();
    assertThat(Arrays.copyOfRange(references, 0, 20)).containsOnly(5);
    assertThat(Arrays.copyOfRange(references, 20, FRAMES)).containsOnly(34);
  }

  @Test
  void aShotWithoutAMeasuredMouthIsRendered() {
    Arrays.fill(mouths, 20, FRAMES, Float.NaN);
    FaceLayers lips = layers(SilencePolicy.REST, KeptRanges.NONE);
    assertThat(weights(lips.layers().get(1), 20, FRAMES)).containsOnly(0f);
    assertThat(weights(lips.layers().get(0), 20, FRAMES)).containsOnly(1f);
  }

  @Test
  void keepPassesTheFramesThroughInWhichTheOldMouthRests() {
    Arrays.fill(mouths, 12, 28, 0.02f);
    FaceLayers lips = layers(SilencePolicy.KEEP, KeptRanges.NONE);
    assertThat(lips.layers()).hasSize(1);
    assertThat(weights(lips.layers().get(0), 10, 18))
        .containsExactly(1f, 1f, 0.8f, 0.6f, 0.4f, 0.2f, 0f, 0f);
    assertThat(weights(lips.layers().get(0), 27, 30)).containsExactly(0.8f, 1f, 1f);
  }

  @Test
  void bothLayersTogetherHaveTheWeightOutsideOfKeptRanges() {
    KeptRanges kept = KeptRanges.parse("0.52-0.6"); // frames 13 and 14
    FaceLayers lips = layers(SilencePolicy.REST, kept);
    for (int frame = 0; frame < FRAMES; frame++) {
      float base = lips.layers().get(0).weights().at(frame);
      float rest = lips.layers().get(1).weights().at(frame);
      assertThat(base * (1 - rest) + rest)
          .as("frame %d", frame)
          .isCloseTo(kept.share(frame, FrameRate.REFERENCE), within(1e-6f));
    }
  }
}
