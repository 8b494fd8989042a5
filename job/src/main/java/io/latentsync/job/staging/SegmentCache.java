package io.latentsync.job.staging;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.LocalFolder;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.record.SegmentMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rendered segments that outlast their runs, in a folder that all executors reach. A segment's key
 * is a digest of everything that determines its bytes. An entry is the video {@code <key>.mp4} and
 * the row of its metrics {@code <key>.avro}, which contains the video's digest and is written last.
 * So runs at the same time can share the folder, and a damaged entry is a cache miss.
 *
 * <p>When an entry is added, the least recently used ones are removed until the size limit holds.
 * On object stores, which cannot set the time of a file, these are the oldest ones.
 *
 * <p>A folder that cannot be used makes a run slower, but does not fail it.
 */
public final class SegmentCache {
  private static final Logger log = LoggerFactory.getLogger(SegmentCache.class);

  /** Hadoop's setting of the folder, absolute or relative to that of the staging folders. */
  public static final String FOLDER = "latentsync.segments.dir";

  /** Hadoop's setting of the maximum size, in bytes or with a unit, such as 20g. */
  public static final String SIZE = "latentsync.segments.size";

  /** Name of the folder next to the staging folders. */
  public static final String HIDDEN = ".latentsync-segments";

  private static final long DEFAULT_BYTES = 20L << 30;
  private static final String VIDEO = ".mp4";
  private static final String ROW = ".avro";

  /** The files of an entry, and those that a killed process has not finished. */
  private static final Pattern FILE =
      Pattern.compile("([0-9a-f]{64})(?:\\.mp4|\\.avro)|(\\.latentsync-[0-9a-f-]+)\\.part");

  private final Location folder;
  private final long bytes;
  private final Configuration configuration;

  private SegmentCache(Location folder, long bytes, Configuration configuration) {
    this.folder = folder;
    this.bytes = bytes;
    this.configuration = configuration;
  }

  /**
   * The cache of a run.
   *
   * @param stagingRoot folder of the staging folders
   * @param configuration folder and maximum size
   * @return empty if the run has none
   */
  public static Optional<SegmentCache> of(Location stagingRoot, Configuration configuration) {
    return Optional.ofNullable(configuration.get(FOLDER))
        .map(
            folder ->
                new SegmentCache(
                    stagingRoot.resolve(folder),
                    configuration.getLongBytes(SIZE, DEFAULT_BYTES),
                    configuration));
  }

  /**
   * Creates the folder, or checks an existing one, on the driver.
   *
   * @param access users of the folder, on a local file system
   * @throws InvalidInputException if others can change the folder; the message names the option
   */
  public void claim(LocalFolder.Access access) throws IOException {
    if (folder.isLocal()) {
      LocalFolder.claim(folder.localPath(), access, "--segment_cache");
    }
  }

  /**
   * Copies a segment into staging.
   *
   * @return false if there is no intact one
   */
  public boolean fetch(String key, Attempt attempt, Staging staging, Scratch scratch) {
    Location row = folder.child(key + ROW);
    try {
      Location video = folder.child(key + VIDEO);
      if (!isReachable()
          || row.fileLength(configuration).isEmpty()
          || video.fileLength(configuration).isEmpty()) {
        return false;
      }
      Path copy = video.fetch(configuration, scratch.folder());
      String digest = new Location(copy.toString()).sha256(configuration);
      Optional<SegmentMetrics> found =
          StagedRow.find(SegmentMetrics.class, row, digest, configuration);
      if (found.isPresent()) {
        staging.video(attempt).commit(configuration, copy);
        StagedRow.write(found.get(), staging.metrics(attempt), digest, scratch, configuration);
        touch(row);
      }
      return found.isPresent();
    } catch (IOException e) {
      // Another run may have removed it meanwhile.
      log.warn("{} cannot be read, its segment is rendered again: {}", row, e.getMessage(), e);
      return false;
    }
  }

  private void touch(Location file) throws IOException {
    file.fileSystem(configuration).setTimes(file.hadoopPath(), System.currentTimeMillis(), -1);
  }

  /**
   * Adds a segment.
   *
   * @param video local file
   * @param digest of the video
   */
  public void add(String key, Path video, String digest, SegmentMetrics metrics, Scratch scratch) {
    try {
      if (isReachable() && Files.size(video) <= bytes) {
        folder.child(key + VIDEO).commit(configuration, video);
        StagedRow.write(metrics, folder.child(key + ROW), digest, scratch, configuration);
        evict();
      }
    } catch (IOException e) {
      log.warn("a segment is not kept in {}: {}", folder, e.getMessage(), e);
    }
  }

  /** False on a machine that does not share the driver's local folder. */
  private boolean isReachable() {
    return !folder.isLocal() || Files.isDirectory(folder.localPath(), LinkOption.NOFOLLOW_LINKS);
  }

  /** Removes the least recently used entries until the others are within the limit. */
  private void evict() throws IOException {
    Map<String, Entry> entries = new HashMap<>();
    for (FileStatus file : folder.fileSystem(configuration).listStatus(folder.hadoopPath())) {
      Matcher name = FILE.matcher(file.getPath().getName());
      if (file.isFile() && name.matches()) {
        String entry = name.group(1) == null ? name.group(2) : name.group(1);
        entries.merge(entry, Entry.of(file), Entry::plus);
      }
    }
    long size = entries.values().stream().mapToLong(Entry::bytes).sum();
    List<Entry> byUse =
        entries.values().stream().sorted(Comparator.comparingLong(Entry::lastUse)).toList();
    for (int i = 0; i < byUse.size() && size > bytes; i++) {
      for (String file : byUse.get(i).files()) {
        folder.child(file).delete(configuration);
      }
      size -= byUse.get(i).bytes();
    }
  }

  /**
   * The files of an entry.
   *
   * @param files names, that of the row first: without it the entry is a cache miss
   * @param bytes length of all
   * @param lastUse the latest modification, in ms
   */
  private record Entry(List<String> files, long bytes, long lastUse) {
    static Entry of(FileStatus file) {
      return new Entry(
          List.of(file.getPath().getName()), file.getLen(), file.getModificationTime());
    }

    Entry plus(Entry other) {
      return new Entry(
          Stream.concat(files.stream(), other.files.stream()).sorted().toList(),
          bytes + other.bytes,
          Math.max(lastUse, other.lastUse));
    }
  }
}
