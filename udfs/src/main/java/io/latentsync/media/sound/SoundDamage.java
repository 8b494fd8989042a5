package io.latentsync.media.sound;

import java.io.Serializable;
import java.util.Locale;

/**
 * What is missing of a sound track. Packets that cannot be decoded are silent.
 *
 * @param failedPackets packets that could not be decoded
 * @param failedSeconds duration of those packets
 * @param missingSeconds duration of the end that the container declares but does not have
 * @param declaredSeconds duration of the whole track
 */
public record SoundDamage(
    long failedPackets, double failedSeconds, double missingSeconds, double declaredSeconds)
    implements Serializable {

  /** Whether anything is missing. */
  public boolean isAny() {
    return failedPackets > 0 || missingSeconds > 0;
  }

  /** The share of the track that is missing, 0 to 1. */
  public double share() {
    return isAny() ? Math.min(1, (failedSeconds + missingSeconds) / declaredSeconds) : 0;
  }

  /** What is missing, in a few words. */
  public String text() {
    String failed =
        failedPackets == 0
            ? ""
            : "%d packet%s (%s s) cannot be decoded"
                .formatted(failedPackets, failedPackets == 1 ? "" : "s", seconds(failedSeconds));
    String missing =
        missingSeconds == 0
            ? ""
            : "the last %s of %s s are missing"
                .formatted(seconds(missingSeconds), seconds(declaredSeconds));
    return failed + (failed.isEmpty() || missing.isEmpty() ? "" : " and ") + missing;
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
