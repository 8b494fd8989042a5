package io.latentsync.testing;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/** Skips tests whose data are absent, and prints each reason once to standard error. */
final class Skip {
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private Skip() {}

  static void unless(boolean there, String reason) {
    if (!there && SAID.add(reason)) {
      System.err.println("tests skipped: " + reason);
    }
    Assumptions.assumeTrue(there, "skipped: " + reason);
  }
}
