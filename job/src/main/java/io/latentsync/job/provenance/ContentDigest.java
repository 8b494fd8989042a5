package io.latentsync.job.provenance;

import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Checksums of files by their contents. A process reads a file once: the requests of a batch share
 * models and videos.
 *
 * @param configuration of Hadoop's file systems
 */
public record ContentDigest(Configuration configuration) {
  /** By the state of the file. */
  private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

  /**
   * The SHA-256 of a file of a model; of a folder, that of the lines "checksum, two spaces, name"
   * of its files in the order of their names.
   *
   * @throws IOException if it cannot be read
   */
  String ofModel(String location) throws IOException {
    ModelFiles models = new ModelFiles(configuration);
    return known(models.state(location), () -> models.sha256(location));
  }

  /**
   * The SHA-256 of a file.
   *
   * @throws IOException if it cannot be read
   */
  public String of(Location file) throws IOException {
    return known(file.state(configuration), () -> file.sha256(configuration));
  }

  /** A checksum that is computed by reading. */
  @FunctionalInterface
  private interface Reading {
    String sha256() throws IOException;
  }

  private static String known(String state, Reading reading) throws IOException {
    String known = KNOWN.get(state);
    if (known == null) {
      known = reading.sha256();
      KNOWN.put(state, known);
    }
    return known;
  }
}
