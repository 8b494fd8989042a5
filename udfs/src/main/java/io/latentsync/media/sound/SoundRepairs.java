package io.latentsync.media.sound;

import java.util.ArrayList;
import java.util.List;

/**
 * The faults of the floating-point samples of a sound track, all channels together. Faulty samples
 * are replaced by 0.
 *
 * @param sounding number of samples that are not 0, faulty ones included
 * @param notNumbers number of NaN and infinite samples
 * @param outOfRange number of samples beyond 100 times full scale, which no recording has
 */
public record SoundRepairs(long sounding, long notNumbers, long outOfRange) {

  /** The faults of two tracks together. */
  public SoundRepairs plus(SoundRepairs other) {
    return new SoundRepairs(
        sounding + other.sounding, notNumbers + other.notNumbers, outOfRange + other.outOfRange);
  }

  /** Number of replaced samples. */
  public long repaired() {
    return notNumbers + outOfRange;
  }

  /** Whether more than half of the samples that are not 0 are faulty: the rest is not speech. */
  public boolean isHopeless() {
    return 2 * repaired() > sounding;
  }

  /** The faults in a few words: kinds of samples with their numbers. */
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
