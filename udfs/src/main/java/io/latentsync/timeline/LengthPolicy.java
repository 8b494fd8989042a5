package io.latentsync.timeline;

import java.util.Locale;

/** The policy for a video and a speech of different lengths. */
public enum LengthPolicy {
  /**
   * The output is as long as the speech. A longer video is cut; a shorter one is played forward,
   * backward, forward, …, as in the reference implementation.
   */
  BOUNCE,
  /** The output is as long as the speech. A longer video is cut; a shorter one starts again. */
  LOOP,
  /**
   * The output is as long as the speech. A longer video is cut; a shorter one ends with its last
   * frame as a still.
   */
  HOLD,
  /** The output is as long as the shorter of the two. */
  CUT_OFF,
  /**
   * The output is as long as the longer of the two. A shorter speech is followed by silence; a
   * shorter video is played forward and backward.
   */
  SILENCE,
  /**
   * The output is as long as the speech. The whole video is shown, faster or slower by up to {@link
   * #LARGEST_CHANGE}: frames are left out or shown twice.
   */
  REMAP;

  /** Largest change of the video's speed in {@link #REMAP}. */
  public static final double LARGEST_CHANGE = 0.15;

  /** The name on the command line, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
