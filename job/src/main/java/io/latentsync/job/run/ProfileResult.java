package io.latentsync.job.run;

import io.latentsync.job.profile.ProfilePage;
import io.latentsync.job.result.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * The outcomes of a run's requests and the profile.
 *
 * @param outcomes of the last run
 * @param text the profile as text; empty without a profile, for example after a failure
 * @param page the profile for the report; empty without a profile
 */
public record ProfileResult(List<Outcome> outcomes, String text, Optional<ProfilePage> page) {
  /** A result without a profile. */
  public static ProfileResult unmeasured(List<Outcome> outcomes) {
    return new ProfileResult(outcomes, "", Optional.empty());
  }
}
