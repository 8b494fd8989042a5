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

  /**
   * The requests of a manifest.
   *
   * @param amongOthers whether {@code --manifest} names a folder of manifests or a glob
   */
  record Listed(Location manifest, boolean amongOthers) implements DubInputs {

    /** A manifest that is named itself. */
    public Listed(Location manifest) {
      this(manifest, false);
    }

    /** The folder of its report and results: its own, or one beside it if there may be others. */
    Location results() {
      return amongOthers ? apart() : manifest.parent();
    }

    /** A folder of this manifest's results alone. */
    Location apart() {
      return manifest.parent().child(manifest.fileName() + RESULTS);
    }

    @Override
    public String toString() {
      return manifest.toString();
    }
  }

  /** Added to a manifest's name for the folder of its results. */
  String RESULTS = ".results";
}
