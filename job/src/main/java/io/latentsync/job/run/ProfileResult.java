package io.latentsync.job.run;

import io.latentsync.job.profile.ChartPicture;
import java.util.List;

/**
 * The outcomes of a run's requests and the profile.
 *
 * @param outcomes of the last run
 * @param text the profile as text; empty if there is none, such as after a failure
 * @param charts charts of the profile; empty without a profile
 */
public record ProfileResult(List<Outcome> outcomes, String text, List<ChartPicture> charts) {
  /** A result without a profile. */
  public static ProfileResult unmeasured(List<Outcome> outcomes) {
    return new ProfileResult(outcomes, "", List.of());
  }
}
