package io.latentsync.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class SpeechWindowTest {
  private static final int FRAMES = 200;

  @Test
  void clipsFollowOneAnotherAsLongAsTheyFit() {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<LatentClip> clips = List.of(clip(manager, 1), clip(manager, 2));
      SpeechWindow window = SpeechWindow.sample(new Random(3), List.of(clips, List.of()));

      assertThat(window.parts()).extracting(SpeechWindow.Part::start).containsExactly(0, 200, 400);
      assertThat(window.frames()).isEqualTo(600);
      NDArray mel = window.mel(manager, UnaryOperator.identity());
      assertThat(mel.getShape()).isEqualTo(new Shape(1, 80, 3000));
      NDArray mouths = window.mouths(manager);
      assertThat(mouths.getShape()).isEqualTo(new Shape(600, 5));
      for (SpeechWindow.Part<?> part : window.parts()) {
        float value = part.spoken().equals(clips.get(0)) ? 1 : 2;
        NDIndex columns = new NDIndex("0,:,{}:{}", 4 * part.start(), 4 * part.end());
        assertThat(mel.get(columns).toFloatArray()).containsOnly(value);
        NDIndex rows = new NDIndex("{}:{}", part.start(), part.end());
        assertThat(mouths.get(rows).toFloatArray()).containsOnly(value / 4);
      }
      assertThat(mel.get(new NDIndex("0,:,2400:")).toFloatArray()).containsOnly(0);
    }
  }

  @Test
  void clipsAndSentencesTakeTurns() {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<LatentClip> clips = List.of(clip(manager, 1));
      SpokenSentence sentence =
          new SpokenSentence(
              manager.full(new Shape(1, 80, 400), 2), manager.full(new Shape(100, 5), 0.5f));
      SpeechWindow window = SpeechWindow.sample(new Random(3), List.of(clips, List.of(sentence)));

      assertThat(window.parts())
          .extracting(SpeechWindow.Part::start)
          .containsExactly(0, 200, 300, 500);
      assertThat(window.faces()).extracting(SpeechWindow.Part::start).containsExactly(0, 300);
      NDArray mel = window.mel(manager, UnaryOperator.identity());
      assertThat(mel.get(new NDIndex("0,:,800:1200")).toFloatArray()).containsOnly(2);
      assertThat(mel.get(new NDIndex("0,:,1200:2000")).toFloatArray()).containsOnly(1);
      assertThat(window.mouths(manager).get(new NDIndex("200:300")).toFloatArray())
          .containsOnly(0.5f);
    }
  }

  private static LatentClip clip(NDManager manager, float value) {
    NDArray latents = manager.zeros(new Shape(FRAMES, 4, 1, 1));
    LatentClip.Latents posterior = new LatentClip.Latents(latents, latents);
    return new LatentClip(
        0,
        posterior,
        posterior,
        posterior,
        manager.full(new Shape(1, 80, 4 * FRAMES), value),
        manager.full(new Shape(FRAMES, 5), value / 4));
  }
}
