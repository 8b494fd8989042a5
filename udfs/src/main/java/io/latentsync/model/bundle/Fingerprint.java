package io.latentsync.model.bundle;

import java.io.IOException;

/** A key for the contents of files: it changes when one of them is replaced. */
@FunctionalInterface
public interface Fingerprint {
  /**
   * The fingerprint of the current contents.
   *
   * @throws IOException if one of them is missing
   */
  String compute() throws IOException;
}
