package io.latentsync.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class TimbreTest {
  private static final Shape SPEECH = new Shape(1, 80, 12);

  @Test
  void everyMomentHasTheSameSmoothGains() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = manager.arange(12f).div(100).broadcast(SPEECH);
      NDArray gains = Timbre.change(manager, new Random(1), mel).sub(mel);
      float[] first = gains.get(new NDIndex("0,:,0")).toFloatArray();
      assertThat(gains.get(new NDIndex("0,:,11")).toFloatArray())
          .containsExactly(first, within(1e-6f));
      assertThat(first).isNotEqualTo(new float[80]);
      for (int band = 1; band < 80; band++) {
        assertThat(first[band]).isCloseTo(first[band - 1], within(0.05f));
      }
    }
  }

  @Test
  void resonancesMoveALittleAndAlikeAtAllTimes() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = manager.zeros(SPEECH);
      mel.set(new NDIndex("0,20"), 2);
      mel.set(new NDIndex("0,50"), 2);
      Set<Long> places = new TreeSet<>();
      for (int seed = 0; seed < 30; seed++) {
        NDArray changed = Timbre.change(manager, new Random(seed), mel);
        long[] low = changed.get("0,:35").argMax(0).toLongArray();
        long[] high = changed.get("0,35:").argMax(0).toLongArray();
        assertThat(low).containsOnly(low[0]).doesNotContain(0, 34);
        assertThat(high).containsOnly(high[0]).doesNotContain(0, 44);
        places.add(high[0]);
      }
      assertThat(places).hasSizeGreaterThan(4);
    }
  }

  @Test
  void silenceKeepsWhispersDynamicRange() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = manager.zeros(SPEECH).sub(1);
      mel.set(new NDIndex("0,:,3"), 1);
      NDArray changed = Timbre.change(manager, new Random(2), mel);
      float loudest = changed.max().getFloat();
      assertThat(changed.min().getFloat()).isEqualTo(loudest - 2);
    }
  }

  @Test
  void theSameRandomNumbersGiveTheSameTimbre() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mel = manager.zeros(SPEECH);
      float[] one = Timbre.change(manager, new Random(3), mel).toFloatArray();
      assertThat(Timbre.change(manager, new Random(3), mel).toFloatArray()).isEqualTo(one);
      assertThat(Timbre.change(manager, new Random(4), mel).toFloatArray()).isNotEqualTo(one);
    }
  }
}
