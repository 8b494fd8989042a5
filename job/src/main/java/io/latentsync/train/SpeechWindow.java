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

/**
 * Clips whose speeches fill one of the audio encoder's windows of 30 s, one after another. So the
 * encoder learns from all of the window, at every place in it, with one pass.
 */
record SpeechWindow(List<Part> parts) {
  /** Frames of a window. */
  static final int FRAMES = FeatureWindows.WINDOW_ROWS / FeatureWindows.ROWS_PER_FRAME;

  private static final int COLUMNS_PER_FRAME = LogMel.WINDOW_COLUMNS / FRAMES;

  /**
   * A clip in the window.
   *
   * @param start the clip's first frame, counted from the window's
   */
  record Part(LatentClip clip, int start) {
    int end() {
      return start + clip.frames();
    }
  }

  /** Draws clips until the next one would not fit; there is always one. */
  static SpeechWindow draw(Random random, List<LatentClip> clips) {
    List<Part> parts = new ArrayList<>();
    Part part = new Part(clips.get(random.nextInt(clips.size())), 0);
    while (part.end() <= FRAMES || parts.isEmpty()) {
      parts.add(part);
      part = new Part(clips.get(random.nextInt(clips.size())), part.end());
    }
    return new SpeechWindow(List.copyOf(parts));
  }

  /** Frames of all clips. */
  int frames() {
    return parts.get(parts.size() - 1).end();
  }

  /** The spectrogram [1,80,3000], zeros behind the last clip as in the reference. */
  NDArray mel(NDManager step) {
    NDList mels = new NDList();
    for (Part part : parts) {
      mels.add(
          part.clip()
              .mel()
              .get(step, new NDIndex(":,:,:{}", COLUMNS_PER_FRAME * part.clip().frames())));
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
    parts.forEach(part -> mouths.add(part.clip().mouths().get(step, new NDIndex("..."))));
    return NDArrays.concat(mouths, 0);
  }
}
