package io.latentsync.job.run;

import io.latentsync.job.profile.ChartPicture;
import java.util.List;

/**
 * What became of the requests of a run, and what was measured.
 *
 * @param outcomes of the last run
 * @param text the profile for people to read; empty if there is none, as after a failure
 * @param charts the pictures of the profile; none if there is none
 */
public record ProfileResult(List<Outcome> outcomes, String text, List<ChartPicture> charts) {
  /** Without a profile. */
  public static ProfileResult unmeasured(List<Outcome> outcomes) {
    return new ProfileResult(outcomes, "", List.of());
  }
}
