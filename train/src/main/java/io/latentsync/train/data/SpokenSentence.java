package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;

/**
 * A sentence without a rendered face. Rendering takes ten times as long as speech synthesis, and
 * the audio encoder needs more voices and words than the denoiser needs heads.
 *
 * @param mel spectrogram of the speech, [1,80,c]
 * @param mouths the mouths' values, [n,5]
 */
public record SpokenSentence(NDArray mel, NDArray mouths) implements Spoken {

  /**
   * Computes the spectrogram.
   *
   * @param manager owner of the result
   * @throws IOException if the speech is longer than 30 s
   */
  public static SpokenSentence of(NDManager manager, Utterance utterance) throws IOException {
    return new SpokenSentence(utterance.mel(manager), utterance.mouths(manager));
  }
}
