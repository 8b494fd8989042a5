package io.latentsync.train.clip;

import io.latentsync.train.head.Seeds;
import io.latentsync.train.speech.Voice;
import io.latentsync.train.speech.VoiceVariant;
import java.util.List;
import java.util.Random;

/** The training clips, any number of them. They share nothing with {@link HeldOut}. */
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

  /** Accents of the sentences without heads. */
  private static final List<String> ACCENTS =
      List.of("en-us", "en-gb-x-rp", "en-us-nyc", "en-gb-x-gbclan");

  /** Speakers of the sentences without heads; none of them is held out. */
  static final List<String> SPEAKERS =
      List.of(
          "m1",
          "m3",
          "m4",
          "m6",
          "m7",
          "f1",
          "f2",
          "f4",
          "Alex",
          "Alicia",
          "Andrea",
          "Andy",
          "Annie",
          "Denis",
          "Diogo",
          "Gene",
          "Hugo",
          "Jacky",
          "Lee",
          "Marco",
          "Mario",
          "Michael",
          "Mike",
          "adam",
          "antonio",
          "aunty",
          "belinda",
          "benjamin",
          "boris",
          "caleb",
          "david",
          "ed",
          "edward",
          "grandma",
          "grandpa",
          "gustave",
          "iven",
          "john",
          "linda",
          "max",
          "miguel",
          "norbert",
          "pablo",
          "paul",
          "pedro",
          "quincy",
          "rob",
          "robert",
          "steph",
          "travis",
          "victor",
          "zac");

  private TrainingClips() {}

  /**
   * The script of a seed: identity, sentence, voice and motion of its own.
   *
   * @param seed at least 0
   */
  public static ClipScript script(int seed) {
    check(seed);
    Random random = Seeds.random(seed, "voice");
    Voice voice =
        new Voice(
            VOICES.get(random.nextInt(VOICES.size())),
            140 + random.nextInt(46),
            35 + random.nextInt(31));
    return new ClipScript(seed, Sentences.training(seed), voice, seed);
  }

  /**
   * The sentence of a seed for the audio encoder alone. It has other words and many more voices
   * than {@link #script}; two thirds of the voices have a random variant.
   *
   * @param seed at least 0
   */
  public static ClipScript sentence(int seed) {
    check(seed);
    Random random = Seeds.random(seed, "speaker");
    String speaker = SPEAKERS.get(random.nextInt(SPEAKERS.size()));
    String accent = ACCENTS.get(random.nextInt(ACCENTS.size()));
    int wordsPerMinute = 120 + random.nextInt(81);
    int pitch = 20 + random.nextInt(61);
    Voice voice =
        random.nextInt(3) == 0
            ? new Voice(accent + "+" + speaker, wordsPerMinute, pitch)
            : new Voice(accent, wordsPerMinute, pitch, VoiceVariant.random(random));
    return new ClipScript(seed, Sentences.various(seed), voice, seed);
  }

  private static void check(int seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("seeds of training clips start at 0, got " + seed);
    }
  }
}
