package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.AudioContext;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.LogMel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Several speeches, one after another, that fill one 30 s window of the audio encoder. One pass
 * then trains the encoder at every position of the window.
 *
 * @param parts in order of time
 */
public record SpeechWindow(List<Part<?>> parts) {
  /** Frames of a window. */
  public static final int FRAMES = FeatureWindows.WINDOW_ROWS / AudioContext.ROWS_PER_FRAME;

  private static final int COLUMNS_PER_FRAME = LogMel.WINDOW_COLUMNS / FRAMES;

  /**
   * A speech in the window.
   *
   * @param start its first frame in the window
   */
  public record Part<S extends Spoken>(S spoken, int start) {
    int end() {
      return start + spoken.frames();
    }
  }

  /**
   * Samples from the lists in turn until the next speech does not fit. There is at least one part.
   *
   * @param spoken lists of speeches; empty lists are skipped, and the first must not be empty
   */
  public static SpeechWindow sample(Random random, List<? extends List<? extends Spoken>> spoken) {
    List<? extends List<? extends Spoken>> turns =
        spoken.stream().filter(list -> !list.isEmpty()).toList();
    List<Part<?>> parts = new ArrayList<>();
    int end = 0;
    while (true) {
      Part<?> part = new Part<>(any(random, turns.get(parts.size() % turns.size())), end);
      if (part.end() > FRAMES && !parts.isEmpty()) {
        return new SpeechWindow(List.copyOf(parts));
      }
      parts.add(part);
      end = part.end();
    }
  }

  private static <S> S any(Random random, List<S> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** The parts that are clips, which have faces. */
  public List<Part<LatentClip>> faces() {
    List<Part<LatentClip>> faces = new ArrayList<>();
    for (Part<?> part : parts) {
      if (part.spoken() instanceof LatentClip clip) {
        faces.add(new Part<>(clip, part.start()));
      }
    }
    return faces;
  }

  /** Number of frames of all speeches. */
  int frames() {
    return parts.get(parts.size() - 1).end();
  }

  /**
   * The spectrogram [1,80,3000], zero after the last speech as in the reference.
   *
   * @param change applied to each speech's spectrogram, [1,80,c]
   */
  public NDArray mel(NDManager step, UnaryOperator<NDArray> change) {
    NDList mels = new NDList();
    for (Part<?> part : parts) {
      NDIndex columns = new NDIndex(":,:,:{}", COLUMNS_PER_FRAME * part.spoken().frames());
      mels.add(change.apply(part.spoken().mel().get(step, columns)));
    }
    long rest = LogMel.WINDOW_COLUMNS - (long) COLUMNS_PER_FRAME * frames();
    if (rest > 0) {
      mels.add(step.zeros(new Shape(1, LogMel.BANDS, rest)));
    }
    return NDArrays.concat(mels, 2);
  }

  /** The mouths' values, [frames,5]. */
  public NDArray mouths(NDManager step) {
    NDList mouths = new NDList();
    parts.forEach(part -> mouths.add(part.spoken().mouths().get(step, new NDIndex("..."))));
    return NDArrays.concat(mouths, 0);
  }
}
