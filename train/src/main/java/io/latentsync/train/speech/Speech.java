package io.latentsync.train.speech;

import java.util.List;

/**
 * Spoken sentences with the times of their sounds.
 *
 * @param samples one channel, signed 16 bit, at 16 kHz; as long as a whole number of frames at 25
 *     fps (640 samples each)
 * @param phonemes in the order of time, without gaps between them
 */
public record Speech(short[] samples, List<Phoneme> phonemes) {
  /** Samples of speech for each frame: 16 000 / 25. */
  public static final int SAMPLES_PER_FRAME = 640;

  /** Copies the list. */
  public Speech {
    phonemes = List.copyOf(phonemes);
  }

  /** How many frames at 25 fps the speech lasts. */
  public int frames() {
    return samples.length / SAMPLES_PER_FRAME;
  }
}
