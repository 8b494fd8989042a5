package io.latentsync.media;

import java.util.ArrayList;
import java.util.List;

/**
 * What was wrong with the floating-point samples of a sound track, all channels together. Wrong
 * samples are replaced by 0.
 *
 * @param sounding how many samples are not 0, the wrong ones included
 * @param notNumbers how many are no number or infinite
 * @param outOfRange how many are beyond 100 times full scale, as no recording is
 */
public record SoundRepairs(long sounding, long notNumbers, long outOfRange) {

  /** How many samples are replaced. */
  public long repaired() {
    return notNumbers + outOfRange;
  }

  /** Whether more than half of what sounds is wrong: what is left is no speech. */
  public boolean isHopeless() {
    return 2 * repaired() > sounding;
  }

  /** What was wrong, in a few words: kinds of samples, with how many there are. */
  public String text() {
    List<String> kinds = new ArrayList<>();
    if (notNumbers > 0) {
      kinds.add("that are not numbers (%d)".formatted(notNumbers));
    }
    if (outOfRange > 0) {
      kinds.add("beyond 100 times full scale (%d)".formatted(outOfRange));
    }
    return "samples " + String.join(" or ", kinds);
  }
}
