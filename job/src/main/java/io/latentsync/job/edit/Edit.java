package io.latentsync.job.edit;

import io.latentsync.job.storage.Location;
import io.latentsync.timeline.KeptRanges;
import java.io.Serializable;
import java.util.List;

/**
 * Who speaks when in a dubbed video, and its sound. docs/edit.md describes the file.
 *
 * @param speakers in the order of the file; empty for one person who speaks in the whole video
 * @param sound of the output
 * @param ranges all ranges of the file, for the check that they begin before the output ends
 */
public record Edit(List<Speaker> speakers, OutputSound sound, List<KeptRanges.Range> ranges)
    implements Serializable {
  /** One person, who speaks in the whole video. */
  public static final Edit NONE = new Edit(List.of(), OutputSound.SPEECH, List.of());

  public Edit {
    speakers = List.copyOf(speakers);
    ranges = List.copyOf(ranges);
  }

  /**
   * The files that make the sound of the output; several are mixed.
   *
   * @param speeches of the speakers, each once, not empty
   */
  public List<Location> sounds(List<Location> speeches) {
    return switch (sound.kind()) {
      // The speech that the lips follow, which may be the only speaker's own.
      case SPEECH -> speeches.subList(0, 1);
      case FILE -> List.of(sound.location().orElseThrow());
      case MIX -> speeches;
    };
  }

  /** This edit with another sound. */
  public Edit with(OutputSound other) {
    return new Edit(speakers, other.withSource(sound.source()), ranges);
  }
}
