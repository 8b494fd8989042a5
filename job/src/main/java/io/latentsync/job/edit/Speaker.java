package io.latentsync.job.edit;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.storage.Location;
import io.latentsync.timeline.KeptRanges;
import java.io.Serializable;

/**
 * A person of the source video who gets new lips.
 *
 * @param name for messages and results; empty for the only speaker of a request without an edit
 * @param face choice of the person
 * @param speech the speech that the lips follow, from the beginning of the output
 * @param kept ranges of the output in which the person keeps the source's lips
 */
public record Speaker(String name, FaceChoice face, Location speech, KeptRanges kept)
    implements Serializable {

  /** This speaker with further ranges that keep the source's lips. */
  public Speaker keeping(KeptRanges further) {
    return new Speaker(name, face, speech, kept.plus(further));
  }
}
