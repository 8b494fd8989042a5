package io.latentsync.train.clip;

import io.latentsync.train.speech.Voice;
import java.util.ArrayList;
import java.util.List;

/**
 * The test data: clips, each with a new speech, with identities, sentences and voices that {@link
 * TrainingClips} does not have. The list is fixed.
 */
public final class HeldOut {
  /** Seeds of training clips are ints from 0; these are larger. */
  private static final long FIRST_IDENTITY = 1L << 40;

  static final List<String> VOICES =
      List.of(
          "en-us+f3", "en-us+m2", "en-gb-x-rp+f5", "en-us+m5", "en-gb-x-rp+m8", "en-gb-x-rp+f3");

  /**
   * A clip and the speech to dub it with: another sentence in another voice.
   *
   * @param clip the undubbed clip
   * @param sentence the text of the new speech
   * @param voice the voice of the new speech
   */
  public record Pair(ClipScript clip, String sentence, Voice voice) {
    /** The ground truth of the dub: same head, same motion, new speech. */
    public ClipScript truth() {
      return new ClipScript(clip.identity(), sentence, voice, clip.motion());
    }
  }

  private HeldOut() {}

  /** All pairs, each of its own identity: as many as there are sentences. */
  public static List<Pair> pairs() {
    List<String> sentences = Sentences.heldOut();
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < sentences.size(); i++) {
      long seed = FIRST_IDENTITY + i;
      pairs.add(
          new Pair(
              new ClipScript(seed, sentences.get(i), voice(i), seed),
              sentences.get((i + 5) % sentences.size()),
              voice(i + 1)));
    }
    return List.copyOf(pairs);
  }

  private static Voice voice(int i) {
    return new Voice(VOICES.get(i % VOICES.size()), 140 + 6 * (i % 4), 42 + 4 * (i % 4));
  }
}
