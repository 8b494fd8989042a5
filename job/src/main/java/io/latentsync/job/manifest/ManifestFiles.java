package io.latentsync.job.manifest;

import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.GlobFilter;
import org.apache.hadoop.fs.Path;

/**
 * The manifests that a name stands for: a file; a folder of files as Spark writes it, which is one
 * manifest; another folder, each manifest in which is a batch of its own; or a glob.
 *
 * @param manifests in the order of their names
 * @param several whether the name stands for any number of manifests, also if there is one or none
 */
public record ManifestFiles(List<Location> manifests, boolean several) {
  private static final Pattern MANIFEST =
      Pattern.compile("(?i).*\\.(jsonl|ndjson|json|csv|avro|parquet)");

  /** Files that runs write, which a folder of manifests may have. */
  private static final Pattern WRITTEN =
      Pattern.compile("results\\.(avro|json|jsonl)|.*\\.provenance\\.json");

  /** Hidden files, and marker files of Spark and Hadoop. */
  private static final Pattern HIDDEN = Pattern.compile("[._].*");

  private static final Set<Character> GLOB = Set.of('*', '?', '[', '{');

  /** Copies the list. */
  public ManifestFiles {
    manifests = List.copyOf(manifests);
  }

  /**
   * Finds the manifests.
   *
   * @param named the name; a name that does not exist and is no glob stands for itself
   * @throws InvalidInputException if a folder cannot be listed; the message names it
   */
  public static ManifestFiles of(Location named, Configuration configuration)
      throws InvalidInputException {
    try {
      return find(named, configuration);
    } catch (IOException | RuntimeException e) {
      throw new InvalidInputException(
          "--manifest %s: cannot be read: %s".formatted(named, FailureReason.withoutFile(e)), e);
    }
  }

  private static ManifestFiles find(Location named, Configuration configuration)
      throws IOException {
    List<Location> candidates;
    if (named.exists(configuration)) {
      if (!named.status(configuration).isDirectory() || isOneManifest(named, configuration)) {
        return new ManifestFiles(List.of(named), false);
      }
      candidates = entries(named, configuration);
    } else if (isGlob(named.name())) {
      candidates = matches(named, configuration);
    } else {
      return new ManifestFiles(List.of(named), false);
    }
    List<Location> manifests = new ArrayList<>();
    for (Location candidate : candidates) {
      if (isManifest(candidate, configuration)) {
        manifests.add(candidate);
      }
    }
    manifests.sort(Comparator.comparing(Location::name));
    return new ManifestFiles(manifests, true);
  }

  private static boolean isGlob(String name) {
    return name.chars().anyMatch(letter -> GLOB.contains((char) letter));
  }

  /**
   * The files that a glob matches. A part of the path that exists under its own name is no pattern.
   * (FileSystem.globStatus cannot be used: in a local folder it fails on names with a colon, and
   * reads all parts as patterns.)
   */
  private static List<Location> matches(Location glob, Configuration configuration)
      throws IOException {
    if (glob.exists(configuration)) {
      return List.of(glob);
    }
    String pattern = glob.fileName();
    Location parent = glob.parent();
    if (parent.equals(glob) || !isGlob(glob.name())) {
      return List.of();
    }
    GlobFilter filter = new GlobFilter(pattern);
    List<Location> found = new ArrayList<>();
    for (Location folder : matches(parent, configuration)) {
      if (folder.child(pattern).exists(configuration)) {
        found.add(folder.child(pattern));
      } else if (isGlob(pattern) && folder.status(configuration).isDirectory()) {
        for (Location entry : entries(folder, configuration)) {
          if (filter.accept(new Path(null, null, entry.fileName()))) {
            found.add(entry);
          }
        }
      }
    }
    return found;
  }

  /** The entries of a folder or of a link to a folder. */
  private static List<Location> entries(Location folder, Configuration configuration)
      throws IOException {
    Location real = folder;
    if (folder.isLocal()) {
      real = new Location(folder.localPath().toRealPath().toString());
    }
    return real.children(configuration).stream()
        .map(child -> folder.child(child.location().fileName()))
        .toList();
  }

  private static boolean isManifest(Location file, Configuration configuration) throws IOException {
    String name = file.fileName();
    if (HIDDEN.matcher(name).matches() || !file.exists(configuration)) {
      return false;
    }
    return file.status(configuration).isDirectory()
        ? isOneManifest(file, configuration)
        : MANIFEST.matcher(name).matches() && !WRITTEN.matcher(name).matches();
  }

  /** Whether a folder has the files that Spark writes. */
  private static boolean isOneManifest(Location folder, Configuration configuration)
      throws IOException {
    return entries(folder, configuration).stream()
        .map(Location::fileName)
        .anyMatch(name -> name.equals("_SUCCESS") || name.startsWith("part-"));
  }
}
