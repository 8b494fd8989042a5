package io.latentsync.job.provenance;

import io.latentsync.job.storage.Location;
import io.latentsync.time.FrameRange;
import java.io.Serializable;
import java.util.List;

/**
 * The frames in which a speaker gets new lips.
 *
 * @param speaker name of the speaker; empty for the only one of a request without an edit
 * @param speech the speech
 * @param ranges of frames, in order
 */
public record DubbedFrames(String speaker, Location speech, List<FrameRange> ranges)
    implements Serializable {

  /** Whether the speaker gets new lips in a frame. */
  boolean contains(int frame) {
    return ranges.stream()
        .anyMatch(range -> range.first() <= frame && frame < range.first() + range.frames());
  }
}
