package io.latentsync.job.edit;

import io.latentsync.job.storage.Location;
import io.latentsync.timeline.KeptRanges;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The sound of the output.
 *
 * @param kind where it comes from
 * @param file for {@link Kind#FILE} the name of the file, else empty
 * @param source ranges of the output that have the source video's own sound
 */
public record OutputSound(Kind kind, String file, KeptRanges source) implements Serializable {
  /** The name of {@link Kind#MIX}. */
  public static final String MIXED = "mix";

  /** The speech of the request. */
  public static final OutputSound SPEECH = new OutputSound(Kind.SPEECH, "", KeptRanges.NONE);

  /** The sum of all speakers' speeches. */
  public static final OutputSound MIX = new OutputSound(Kind.MIX, "", KeptRanges.NONE);

  /** Where the sound comes from. */
  public enum Kind {
    /** The speech of the request, which all speakers without a speech of their own follow. */
    SPEECH,
    /** The sum of all speakers' speeches. */
    MIX,
    /** Another file, such as the speech with music. */
    FILE
  }

  /** The sum of the speakers' speeches if there are several, else the only one. */
  static OutputSound of(List<Speaker> speakers) {
    long speeches = speakers.stream().map(Speaker::speech).distinct().count();
    return speeches > 1 ? MIX : SPEECH;
  }

  /**
   * The sound with a name.
   *
   * @param name {@code mix} or a file
   * @param location of a file with that name
   */
  public static OutputSound named(String name, Function<String, Location> location) {
    return name.equals(MIXED)
        ? MIX
        : new OutputSound(Kind.FILE, location.apply(name).name(), KeptRanges.NONE);
  }

  /** This sound with ranges that have the source's. */
  OutputSound withSource(KeptRanges ranges) {
    return new OutputSound(kind, file, ranges);
  }

  /** The file of {@link Kind#FILE}. */
  public Optional<Location> location() {
    return Optional.of(file).filter(name -> !name.isEmpty()).map(Location::new);
  }
}
