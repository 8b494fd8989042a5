package io.latentsync.train.head;

import java.util.List;
import java.util.Random;

/** The clips to train with, as many as wanted. Nothing of {@link HeldOut} is among them. */
public final class TrainingClips {
  /** Voices: two accents with seven variants. */
  static final List<String> VOICES =
      List.of(
          "en-us+m1",
          "en-us+m3",
          "en-us+m7",
          "en-us+f1",
          "en-us+f2",
          "en-us+f4",
          "en-gb-x-rp",
          "en-gb-x-rp+m2",
          "en-gb-x-rp+m4",
          "en-gb-x-rp+m6",
          "en-gb-x-rp+f2",
          "en-gb-x-rp+f4",
          "en-us",
          "en-gb-x-rp+f1");

  private TrainingClips() {}

  /**
   * The script of a seed: identity, sentence, voice and motion of its own.
   *
   * @param seed at least 0
   */
  public static ClipScript script(int seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("seeds of training clips start at 0, got " + seed);
    }
    Random random = Seeds.random(seed, "voice");
    Voice voice =
        new Voice(
            VOICES.get(random.nextInt(VOICES.size())),
            140 + random.nextInt(46),
            35 + random.nextInt(31));
    return new ClipScript(seed, Sentences.training(seed), voice, seed);
  }
}
