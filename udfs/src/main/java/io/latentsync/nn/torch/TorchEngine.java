package io.latentsync.nn.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.cuda.CudaUtils;
import com.google.common.base.Throwables;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures and loads libtorch in this process. Each call uses one thread unless {@link
 * #useThreads} sets another number, because sums split over threads round differently on machines
 * with other numbers of cores; parallel tasks use the cores instead. Nothing is downloaded. JVM
 * options of the same names take precedence.
 *
 * <p>After loading, NNPACK is off, which only some processors support, and libtorch prints only
 * errors, because it repeats a warning for each call. The environment variable {@code
 * TORCH_CPP_LOG_LEVEL} (INFO, WARNING, ERROR or FATAL) sets another level.
 */
public final class TorchEngine {
  private static final Logger log = LoggerFactory.getLogger(TorchEngine.class);

  private static final String LOG_LEVEL = "TORCH_CPP_LOG_LEVEL";

  /** libtorch's number of the level ERROR. */
  private static final int ERROR = 2;

  private static Engine engine;

  static {
    setUnlessGiven("ai.djl.offline", "true");
    setUnlessGiven("ai.djl.pytorch.num_threads", "1");
    setUnlessGiven("ai.djl.pytorch.num_interop_threads", "1");
  }

  private TorchEngine() {}

  /** Loads and configures libtorch once. */
  public static void load() {
    engine();
  }

  /** The version of libtorch, such as 2.7.1. */
  static String version() {
    return engine().getVersion();
  }

  /** The number of NVIDIA GPUs that this build's libtorch can use. */
  public static int gpus() {
    return gpus(engine());
  }

  private static int gpus(Engine loaded) {
    return loaded.hasCapability(StandardCapabilities.CUDA) ? loaded.getGpuCount() : 0;
  }

  /** Ten times the compute capability of an NVIDIA GPU, such as 75 for 7.5. */
  public static int computeCapability(Device gpu) {
    load();
    return Integer.parseInt(CudaUtils.getComputeCapability(gpu.getDeviceId()));
  }

  /** The memory of an NVIDIA GPU in bytes. */
  public static long memory(Device gpu) {
    load();
    return CudaUtils.getGpuMemory(gpu).getMax();
  }

  /** The free memory of an NVIDIA GPU in bytes; empty for other devices. */
  public static OptionalLong freeMemory(Device device) {
    if (!device.isGpu()) {
      return OptionalLong.empty();
    }
    load();
    MemoryUsage memory = CudaUtils.getGpuMemory(device);
    return OptionalLong.of(memory.getMax() - memory.getUsed());
  }

  /** Whether this machine has an Apple processor, whose GPU libtorch uses through Metal (MPS). */
  public static boolean hasMps() {
    return System.getProperty("os.name").startsWith("Mac")
        && System.getProperty("os.arch").equals("aarch64");
  }

  /**
   * Sets the number of threads per tensor operation, for the calling thread and for threads that
   * have not called libtorch yet. Callers that depend on the number must set it before they
   * compute.
   *
   * @param threads at least 1
   */
  public static void useThreads(int threads) {
    load();
    JniUtils.setNumThreads(threads);
  }

  private static synchronized Engine engine() {
    if (engine == null) {
      TorchLibrary.prepare();
      Engine loaded = start();
      Path folder = Path.of(LibUtils.getLibtorchPath());
      if (TorchLibrary.isForCuda(folder) && gpus(loaded) == 0) {
        log.warn(
            "libtorch is for CUDA, but this node has no NVIDIA GPU that it can use, or no driver:"
                + " the networks are computed on the CPU");
      }
      try {
        setUp(folder);
      } catch (UnsatisfiedLinkError e) {
        // Another version of libtorch; results are the same.
        log.warn("libtorch's warnings stay on: {}", e.getMessage());
      }
      engine = loaded;
    }
    return engine;
  }

  private static Engine start() {
    try {
      return Engine.getEngine("PyTorch");
    } catch (RuntimeException | LinkageError | AssertionError e) {
      throw TorchUnavailableException.of(Throwables.getRootCause(e), TorchLibrary.builtFor());
    }
  }

  /**
   * Calls C++ functions of libtorch by their symbol names, because neither DJL nor TorchScript
   * offers them.
   */
  private static void setUp(Path folder) {
    NativeLibrary c10 = library(folder, "c10");
    if (System.getenv(LOG_LEVEL) == null) {
      c10.getGlobalVariableAddress("FLAGS_caffe2_log_level").setInt(0, ERROR);
    } else {
      c10.getFunction("_ZN3c1011initLoggingEv").invokeVoid(new Object[0]);
    }
    NativeLibrary torch = library(folder, "torch_cpu");
    Pointer context = torch.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
    torch
        .getFunction("_ZN2at7Context20setUserEnabledNNPACKEb")
        .invokeVoid(new Object[] {context, 0});
  }

  private static NativeLibrary library(Path folder, String name) {
    return NativeLibrary.getInstance(folder.resolve(System.mapLibraryName(name)).toString());
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
