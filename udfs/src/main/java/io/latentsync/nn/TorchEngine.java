package io.latentsync.nn;

import ai.djl.Device;
import ai.djl.engine.Engine;

/**
 * libtorch in this process, set up before it is loaded: with one thread for each call, as sums
 * split over threads round differently on machines with other numbers of cores (parallel tasks keep
 * the cores busy instead), and never looking for downloads. JVM options of the same names win.
 */
public final class TorchEngine {
  static {
    setUnlessGiven("ai.djl.offline", "true");
    setUnlessGiven("ai.djl.pytorch.num_threads", "1");
    setUnlessGiven("ai.djl.pytorch.num_interop_threads", "1");
  }

  private TorchEngine() {}

  /** The first GPU, if libtorch has one, else the CPU. */
  public static Device defaultDevice() {
    return Engine.getEngine("PyTorch").defaultDevice();
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
