package io.latentsync.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.LogMel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Speeches that fill one of the audio encoder's windows of 30 s, one after another. So the encoder
 * learns from all of the window, at every place in it, with one pass.
 *
 * @param parts all of them
 * @param faces those of clips, whose faces can be seen
 */
record SpeechWindow(List<Part<?>> parts, List<Part<LatentClip>> faces) {
  /** Frames of a window. */
  static final int FRAMES = FeatureWindows.WINDOW_ROWS / FeatureWindows.ROWS_PER_FRAME;

  private static final int COLUMNS_PER_FRAME = LogMel.WINDOW_COLUMNS / FRAMES;

  /**
   * A speech in the window.
   *
   * @param start its first frame, counted from the window's
   */
  record Part<S extends Spoken>(S spoken, int start) {
    int end() {
      return start + spoken.frames();
    }
  }

  /**
   * Draws clips and sentences by turns until the next one would not fit; there is always a clip.
   *
   * @param clips at least one
   * @param sentences if there are none, clips are drawn alone
   */
  static SpeechWindow draw(Random random, List<LatentClip> clips, List<SpokenSentence> sentences) {
    List<Part<?>> parts = new ArrayList<>();
    List<Part<LatentClip>> faces = new ArrayList<>();
    int end = 0;
    while (true) {
      if (parts.size() % 2 == 0 || sentences.isEmpty()) {
        Part<LatentClip> part = new Part<>(any(random, clips), end);
        if (part.end() > FRAMES && !parts.isEmpty()) {
          break;
        }
        parts.add(part);
        faces.add(part);
        end = part.end();
      } else {
        Part<SpokenSentence> part = new Part<>(any(random, sentences), end);
        if (part.end() > FRAMES) {
          break;
        }
        parts.add(part);
        end = part.end();
      }
    }
    return new SpeechWindow(List.copyOf(parts), List.copyOf(faces));
  }

  private static <S> S any(Random random, List<S> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** Frames of all speeches. */
  int frames() {
    return parts.get(parts.size() - 1).end();
  }

  /**
   * The spectrogram [1,80,3000], zeros behind the last speech as in the reference.
   *
   * @param heard what becomes of each speech's spectrogram, [1,80,c]
   */
  NDArray mel(NDManager step, UnaryOperator<NDArray> heard) {
    NDList mels = new NDList();
    for (Part<?> part : parts) {
      NDIndex columns = new NDIndex(":,:,:{}", COLUMNS_PER_FRAME * part.spoken().frames());
      mels.add(heard.apply(part.spoken().mel().get(step, columns)));
    }
    long rest = LogMel.WINDOW_COLUMNS - (long) COLUMNS_PER_FRAME * frames();
    if (rest > 0) {
      mels.add(step.zeros(new Shape(1, LogMel.BANDS, rest)));
    }
    return NDArrays.concat(mels, 2);
  }

  /** The mouths' values, [frames,5]. */
  NDArray mouths(NDManager step) {
    NDList mouths = new NDList();
    parts.forEach(part -> mouths.add(part.spoken().mouths().get(step, new NDIndex("..."))));
    return NDArrays.concat(mouths, 0);
  }
}
