package io.latentsync.train.clip;

import io.latentsync.train.head.MouthShape;
import io.latentsync.train.speech.Phoneme;
import java.util.ArrayList;
import java.util.List;

/**
 * The mouth shapes of a sequence of phonemes. Each sound has a target shape. Neighbouring targets
 * are averaged (coarticulation) over a window that reaches further ahead than back, because
 * articulators start early. The lips of p, b and m always close.
 */
public final class Visemes {
  private static final double HALF_WINDOW = 0.08;
  private static final double ANTICIPATION = 0.015;
  private static final double STEP = 0.005;

  /** The minimum length of a closure, so that each has a frame at 25 fps. */
  private static final double SHORTEST_CLOSURE = 0.05;

  /** The time in which the lips open after a closure or close before it. */
  private static final double RELEASE = 0.07;

  /** A sound with one target shape; a diphthong has two. */
  private record Segment(double start, double end, MouthShape target) {}

  private record Closure(double start, double end) {}

  private final List<Segment> segments = new ArrayList<>();
  private final List<Closure> closures = new ArrayList<>();

  /**
   * The mouth of a sequence of phonemes.
   *
   * @throws IllegalArgumentException if a phoneme is not an English sound
   */
  public Visemes(List<Phoneme> phonemes) {
    for (Phoneme phoneme : phonemes) {
      String sounds = letters(phoneme.ipa());
      int count = Math.max(1, sounds.length());
      double length = (phoneme.end() - phoneme.start()) / count;
      for (int i = 0; i < count; i++) {
        double start = phoneme.start() + i * length;
        char sound = sounds.isEmpty() ? ' ' : sounds.charAt(i);
        segments.add(new Segment(start, start + length, target(sound)));
        if ("pbm".indexOf(sound) >= 0) {
          double grow = Math.max(0, SHORTEST_CLOSURE - length) / 2;
          closures.add(new Closure(start - grow, start + length + grow));
        }
      }
    }
  }

  /** The shape at a time in seconds; closed outside the sequence. */
  public MouthShape at(double seconds) {
    double opening = 0;
    double width = 0;
    double rounding = 0;
    double teeth = 0;
    double tongue = 0;
    double total = 0;
    for (double d = -HALF_WINDOW + STEP; d < HALF_WINDOW; d += STEP) {
      double weight = (1 + Math.cos(Math.PI * d / HALF_WINDOW)) / 2;
      MouthShape target = targetAt(seconds + ANTICIPATION + d);
      opening += weight * target.opening();
      width += weight * target.width();
      rounding += weight * target.rounding();
      teeth += weight * target.teeth();
      tongue += weight * target.tongue();
      total += weight;
    }
    for (Closure closure : closures) {
      double away = Math.max(0, Math.max(closure.start() - seconds, seconds - closure.end()));
      double t = Math.min(1, away / RELEASE);
      opening *= t * t * (3 - 2 * t);
    }
    return new MouthShape(
        share(opening / total),
        share(width / total),
        share(rounding / total),
        share(teeth / total),
        share(tongue / total));
  }

  private static float share(double value) {
    return (float) Math.max(0, Math.min(1, value));
  }

  private MouthShape targetAt(double seconds) {
    for (Segment segment : segments) {
      if (seconds >= segment.start() && seconds < segment.end()) {
        return segment.target();
      }
    }
    return MouthShape.CLOSED;
  }

  /** The name without marks of length, stress and the like. */
  private static String letters(String ipa) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < ipa.length(); i++) {
      char c = ipa.charAt(i);
      int type = Character.getType(c);
      if (type == Character.LOWERCASE_LETTER || type == Character.OTHER_LETTER) {
        letters.append(c);
      }
    }
    return letters.toString();
  }

  private static MouthShape target(char sound) {
    return switch (sound) {
      case ' ' -> MouthShape.CLOSED;
      case 'p', 'b', 'm' -> shape(0, 0.5, 0.05, 0, 0);
      case 'f', 'v' -> shape(0.1, 0.55, 0, 0.9, 0);
      case 'θ', 'ð' -> shape(0.2, 0.55, 0, 0.6, 0.9);
      case 't', 'd', 'n', 's', 'z' -> shape(0.2, 0.65, 0, 0.9, 0.5);
      case 'ɾ' -> shape(0.28, 0.6, 0, 0.6, 0.7);
      case 'l' -> shape(0.32, 0.55, 0, 0.4, 0.9);
      case 'ʃ', 'ʒ' -> shape(0.22, 0.4, 0.6, 0.9, 0.3);
      case 'k', 'ɡ', 'g', 'ŋ', 'ʔ', 'x' -> shape(0.34, 0.5, 0, 0.4, 0.4);
      case 'ɹ', 'r' -> shape(0.26, 0.4, 0.5, 0.4, 0.3);
      case 'w', 'ʍ' -> shape(0.1, 0.2, 1, 0, 0);
      case 'j' -> shape(0.26, 0.8, 0, 0.7, 0.6);
      case 'h' -> shape(0.48, 0.5, 0, 0.4, 0.2);
      case 'i' -> shape(0.3, 0.95, 0, 0.8, 0.6);
      case 'ɪ', 'ᵻ', 'ɨ' -> shape(0.42, 0.75, 0, 0.7, 0.5);
      case 'e', 'ɛ' -> shape(0.62, 0.75, 0, 0.6, 0.4);
      case 'æ' -> shape(0.9, 0.7, 0, 0.6, 0.35);
      case 'a', 'ɑ' -> shape(1, 0.5, 0, 0.4, 0.2);
      case 'ʌ', 'ɐ' -> shape(0.7, 0.5, 0, 0.4, 0.25);
      case 'ə' -> shape(0.45, 0.5, 0, 0.5, 0.3);
      case 'ɚ', 'ɜ' -> shape(0.48, 0.4, 0.35, 0.4, 0.3);
      case 'ɒ' -> shape(0.88, 0.4, 0.35, 0.2, 0.15);
      case 'ɔ' -> shape(0.75, 0.35, 0.6, 0.15, 0.1);
      case 'o' -> shape(0.55, 0.25, 0.85, 0, 0.1);
      case 'ʊ' -> shape(0.38, 0.3, 0.75, 0.1, 0.1);
      case 'u' -> shape(0.26, 0.15, 1, 0, 0.1);
      default ->
          throw new IllegalArgumentException(
              "no mouth shape for the sound %c (U+%04X): only English voices are known"
                  .formatted(sound, (int) sound));
    };
  }

  private static MouthShape shape(
      double opening, double width, double rounding, double teeth, double tongue) {
    return new MouthShape(
        (float) opening, (float) width, (float) rounding, (float) teeth, (float) tongue);
  }
}
