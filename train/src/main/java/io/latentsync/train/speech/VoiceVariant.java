package io.latentsync.train.speech;

import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A voice variant of espeak-ng, as its {@code docs/voices.md} describes them: the properties of a
 * speaker's voice other than accent, speed and average pitch. A variant moves the phonemes in time
 * by at most two periods of the voice.
 *
 * @param text the lines of the variant's file; empty for the voice's own sound
 */
public record VoiceVariant(String text) {
  /** The voice's own sound. */
  static final VoiceVariant OF_VOICE = new VoiceVariant("");

  private static final int RESONANCES = 9;

  /** Frequencies of the tone's corners in Hz. */
  private static final int[] CORNERS = {100, 600, 1200, 2000, 3000};

  /**
   * A random variant. The ranges are about those of espeak-ng's own variants.
   *
   * @param random the only source of randomness
   */
  public static VoiceVariant random(Random random) {
    StringBuilder lines = new StringBuilder("language variant\nname throat\n");
    double pitch = 60 * Math.exp(random.nextDouble() * Math.log(170.0 / 60));
    line(lines, "pitch %.0f %.0f", pitch, pitch * between(random, 1.2, 1.7));
    double length = between(random, 0.88, 1.2);
    for (int i = 0; i < RESONANCES; i++) {
      boolean moved = (i == 1 || i == 2) && random.nextInt(4) == 0;
      line(
          lines,
          "formant %d %.0f %.0f %.0f%s",
          i,
          100 * (i == 0 ? 1 : length) * between(random, 0.88, 1.14),
          between(random, 60, 115),
          between(random, 80, 170),
          moved ? " " + Math.round(between(random, -120, 180)) : "");
    }
    if (random.nextInt(5) < 2) {
      String tone =
          IntStream.range(0, CORNERS.length)
              .mapToObj(i -> CORNERS[i] + " " + Math.round(between(random, 12, 255)))
              .collect(Collectors.joining(" "));
      lines.append("tone ").append(tone).append('\n');
    }
    sometimes(lines, random, "roughness %.0f", 1, 5);
    sometimes(lines, random, "flutter %.0f", 1, 20);
    sometimes(lines, random, "voicing %.0f", 60, 130);
    sometimes(lines, random, "consonants %.0f", 60, 150);
    sometimes(lines, random, "intonation %.0f", 1, 4);
    if (random.nextInt(4) == 0) {
      line(lines, "echo %.0f %.0f", between(random, 10, 150), between(random, 5, 20));
    }
    if (random.nextInt(4) == 0) {
      String breath =
          IntStream.range(0, 8)
              .mapToObj(i -> String.valueOf(random.nextInt(7)))
              .collect(Collectors.joining(" "));
      lines.append("breath ").append(breath).append('\n');
    }
    return new VoiceVariant(lines.toString());
  }

  private static void sometimes(
      StringBuilder lines, Random random, String line, double low, double high) {
    if (random.nextInt(3) == 0) {
      line(lines, line, between(random, low, high));
    }
  }

  private static void line(StringBuilder lines, String format, Object... values) {
    lines.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static double between(Random random, double low, double high) {
    return low + random.nextDouble() * (high - low);
  }
}
