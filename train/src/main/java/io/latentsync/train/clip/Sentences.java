package io.latentsync.train.clip;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.latentsync.train.head.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** English sentences: any number for training, by seed, and a fixed list for tests. */
final class Sentences {
  private static final String[] OPENERS = {
    "Today",
    "After lunch",
    "This morning",
    "Last summer",
    "Every Friday",
    "By the river",
    "In the old house",
    "Before the storm",
    "Once a week",
    "Behind the market",
    "At noon",
    "Far from home"
  };
  private static final String[] PEOPLE = {
    "my brother", "the young doctor", "a quiet woman", "our teacher", "the baker's wife",
    "a famous painter", "the whole family", "some farmers", "your neighbour", "the bus driver",
    "a boy with a drum", "Emma and Paul", "the new mayor", "my favourite aunt", "both of them"
  };
  private static final String[] PAST_VERBS = {
    "bought",
    "painted",
    "forgot",
    "carried",
    "found",
    "measured",
    "borrowed",
    "washed",
    "shared",
    "photographed",
    "moved",
    "opened",
    "played with",
    "talked about",
    "looked for",
    "pushed"
  };
  private static final String[] THINGS = {
    "a big wooden boat", "five purple apples", "the broken window", "an empty bottle",
    "the map of Europe", "a bag of brown sugar", "an old yellow piano", "the missing keys",
    "a very small umbrella", "two pairs of shoes", "the letter from Japan", "a warm woollen jumper",
    "the green garden chair", "a pound of potatoes", "the church bell", "an awful photograph"
  };
  private static final String[] ENDINGS = {
    "without saying a word", "for almost three hours", "because nobody else would",
    "and then went to bed", "in front of the museum", "although it was raining",
    "while the baby slept", "with a happy smile", "to please the visitors",
    "until the moon came up", "before the train arrived", "as quickly as possible"
  };
  private static final String[] QUESTIONS = {
    "Why would %s want %s?",
    "How much did %s pay for %s?",
    "Have you ever seen %s with %s?",
    "Where did %s put %s?",
    "Could %s look after %s?"
  };

  /** Common English words, with at least one for every sound and many pairs of sounds. */
  private static final List<String> WORDS = words();

  /** Parts of invented words, with pairs of sounds that are rare in real words. */
  private static final String[] ONSETS = {
    "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "y", "z", "sh",
    "ch", "th", "bl", "br", "dr", "fl", "fr", "gr", "kl", "kr", "pl", "pr", "sk", "sl", "sm", "sp",
    "st", "sw", "tr", "tw"
  };

  private static final String[] VOWELS = {
    "a", "e", "i", "o", "u", "ee", "oo", "ai", "ow", "oy", "ar", "or", "er", "igh", "oa", "aw"
  };

  private static final String[] CODAS = {
    "", "", "b", "d", "f", "g", "k", "l", "m", "n", "p", "s", "t", "v", "z", "sh", "th", "ng", "nd",
    "st", "mp", "lf"
  };

  /** Sentences for tests; the patterns above cannot make any of them. */
  private static final List<String> HELD_OUT =
      List.of(
          "Please bring me a map of the mountains, and remember to pack the blue blanket.",
          "Nobody believed the weather report, but the rain stopped before breakfast.",
          "We are open from Monday to Saturday, and parking is always free.",
          "My grandmother makes the best plum jam in the village.",
          "If you move the table over there, both of us can watch the sunset.",
          "Welcome back to the show, we have a wonderful surprise for you.",
          "The museum opens at nine, so we should probably take the early bus.",
          "I would rather walk home than wait an hour for another taxi.",
          "Most people have never heard of this beautiful island.",
          "Put the lamp on the shelf above the window, but be very careful.",
          "Our team will answer your questions before the end of the week.",
          "Seven happy penguins jumped off the ice and swam away.",
          "She told the class about volcanoes, comets and other amazing things.",
          "Can you imagine how quiet the world would be without any music?",
          "Fresh bread and warm soup are all I want on a foggy evening.",
          "Thank you for your patience, somebody will be with you in a moment.");

  private Sentences() {}

  /** A sentence of a seed, for training. */
  static String training(long seed) {
    Random random = Seeds.random(seed, "sentence");
    if (random.nextInt(4) == 0) {
      return pick(random, QUESTIONS)
          .formatted(pick(random, PEOPLE), pick(random, THINGS))
          .concat(" " + pick(random, OPENERS) + ", perhaps?");
    }
    return "%s, %s %s %s %s."
        .formatted(
            pick(random, OPENERS),
            pick(random, PEOPLE),
            pick(random, PAST_VERBS),
            pick(random, THINGS),
            pick(random, ENDINGS));
  }

  /** Random words, a third of them invented, so that all pairs of sounds occur. */
  static String various(long seed) {
    Random random = Seeds.random(seed, "words");
    int count = 7 + random.nextInt(4);
    StringBuilder sentence = new StringBuilder();
    for (int i = 0; i < count; i++) {
      sentence.append(i == 0 ? "" : random.nextInt(6) == 0 ? ", " : " ");
      sentence.append(
          random.nextInt(3) == 0 ? invented(random) : WORDS.get(random.nextInt(WORDS.size())));
    }
    return sentence.append('.').toString();
  }

  private static String invented(Random random) {
    StringBuilder word = new StringBuilder();
    int syllables = 1 + random.nextInt(2);
    for (int i = 0; i < syllables; i++) {
      word.append(pick(random, ONSETS)).append(pick(random, VOWELS)).append(pick(random, CODAS));
    }
    return word.toString();
  }

  private static List<String> words() {
    try {
      String all =
          Resources.toString(
              Resources.getResource(Sentences.class, "words.txt"), StandardCharsets.UTF_8);
      return Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The sentences that are in no training clip. */
  static List<String> heldOut() {
    return HELD_OUT;
  }

  private static String pick(Random random, String[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
