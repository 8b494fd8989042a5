package io.latentsync.nn;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
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

  /** How many NVIDIA GPUs this build's libtorch can use here. */
  public static int gpus() {
    Engine engine = Engine.getEngine("PyTorch");
    return engine.hasCapability(StandardCapabilities.CUDA) ? engine.getGpuCount() : 0;
  }

  /** Whether this is an Apple processor, whose GPU libtorch uses by Metal (MPS). */
  public static boolean hasMps() {
    return System.getProperty("os.name").startsWith("Mac")
        && System.getProperty("os.arch").equals("aarch64");
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
