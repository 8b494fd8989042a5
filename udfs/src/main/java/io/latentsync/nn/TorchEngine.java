package io.latentsync.nn;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/**
 * libtorch in this process, set up before it is loaded: with one thread for each call unless {@link
 * #useThreads} says otherwise, as sums split over threads round differently on machines with other
 * numbers of cores (parallel tasks keep the cores busy instead), and never looking for downloads.
 * JVM options of the same names win.
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

  /**
   * Sets how many threads share the arithmetic of a call. It holds for the calling thread, and for
   * those that have not called libtorch yet; so whoever wants a certain number sets it before he
   * computes.
   *
   * @param threads at least 1
   */
  public static void useThreads(int threads) {
    Engine.getEngine("PyTorch"); // The native library is loaded with it.
    JniUtils.setNumThreads(threads);
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
