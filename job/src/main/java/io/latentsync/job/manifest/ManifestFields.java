package io.latentsync.job.manifest;

import io.latentsync.job.request.InputCheck;
import io.latentsync.text.Printable;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The names of a manifest's fields. */
final class ManifestFields {
  private static final List<String> NAMES =
      List.of(
          "id",
          "video",
          "audio",
          "output",
          "seed",
          "steps",
          "guidance",
          "fps",
          "sync_mode",
          "keep",
          "silence",
          "label",
          "speakers",
          "ranges",
          "sound");

  /** Maximum edit distance between a misspelt name and the suggested one. */
  private static final int MOST_WRONG = 2;

  /** The fields whose values are lists. */
  static boolean isList(String name) {
    return name.equals("speakers") || name.equals("ranges");
  }

  private ManifestFields() {}

  /**
   * Reports all unknown names, each with the most similar known name.
   *
   * @param place their place in the manifest, such as {@code batch.csv line 1}
   * @param kind {@code field} or {@code column}
   */
  static void check(InputCheck check, String place, String kind, Collection<String> names) {
    for (String name : new TreeSet<>(names)) {
      if (!NAMES.contains(name)) {
        check.problem(
            "%s: unknown %s %s; %s"
                .formatted(
                    place,
                    kind,
                    Printable.value(name),
                    nearest(name)
                        .map("did you mean %s?"::formatted)
                        .orElse("the %ss are %s".formatted(kind, String.join(", ", NAMES)))));
      }
    }
  }

  private static Optional<String> nearest(String name) {
    LevenshteinDistance distance = new LevenshteinDistance(MOST_WRONG);
    String small = name.toLowerCase(Locale.ROOT);
    return NAMES.stream()
        .filter(known -> isNear(distance.apply(small, known), known))
        .min(Comparator.comparing(known -> distance.apply(small, known)));
  }

  /**
   * Whether a name is similar enough. The distance is -1 if it exceeds the limit. For the short
   * {@code id}, the limit is one letter.
   */
  private static boolean isNear(int distance, String known) {
    return distance >= 0 && 2 * distance <= known.length();
  }
}
