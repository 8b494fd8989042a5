package io.latentsync.job.cli.arguments;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.storage.Location;

/** The inputs of the command {@code dub}. */
public sealed interface DubInputs {

  /**
   * One video.
   *
   * @param edit speakers, ranges and sound
   * @param truthKnown whether the speech is the demonstration's, whose true mouth opening is known
   */
  record Single(Location video, Location audio, Location output, Edit edit, boolean truthKnown)
      implements DubInputs {
    @Override
    public String toString() {
      return video.toString();
    }
  }

  /** The requests of a manifest. */
  record Listed(Location manifest) implements DubInputs {
    @Override
    public String toString() {
      return manifest.toString();
    }
  }
}
