package io.latentsync.job.provenance;

import io.latentsync.job.request.ModelFiles;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Checksums of files. A process reads each file only once, because the requests of a batch share
 * models and videos.
 *
 * @param configuration configuration of Hadoop's file systems
 */
public record ContentDigest(Configuration configuration) {
  /** Checksums by the state of the file. */
  private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

  /**
   * The SHA-256 of a model's file. For a folder, it is the SHA-256 of the lines "checksum, two
   * spaces, name" of its files, in the order of their names.
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

  /** Computes a checksum by reading a file. */
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
