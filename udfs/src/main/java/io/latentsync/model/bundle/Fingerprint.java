package io.latentsync.model.bundle;

import java.io.IOException;

/** What identifies the contents of files: it changes whenever one of them is replaced. */
@FunctionalInterface
public interface Fingerprint {
  /**
   * The fingerprint of what the files hold now.
   *
   * @throws IOException if one of them is missing
   */
  String compute() throws IOException;
}
