package io.latentsync.job.request;

import io.latentsync.job.storage.Location;
import java.io.Serializable;
import java.util.Optional;

/**
 * What is done with a stitched output.
 *
 * @param provenance whether it is marked as partly generated, with a file beside it that describes
 *     how it was made
 * @param signer how it is signed; null for no signature
 * @param validated whether it is decoded and measured
 */
public record Finishing(boolean provenance, Signing signer, boolean validated)
    implements Serializable {
  /** Marked, not signed, not validated. */
  public static final Finishing DEFAULT = new Finishing(true, null, false);

  /** How it is signed; empty for no signature. */
  public Optional<Signing> signing() {
    return Optional.ofNullable(signer);
  }

  /**
   * Signs outputs with the user's C2PA program.
   *
   * @param tool path or name of the program on each executor
   * @param manifest local path of the manifest definition on each executor, which may name other
   *     files relative to it
   */
  public record Signing(String tool, Location manifest) implements Serializable {}
}
