package io.latentsync.model.render;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.LogMel;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.image.RgbImage;
import io.latentsync.model.bundle.BatchShape;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.trace.Trace;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;

/**
 * Warms the networks up with black pictures and silence, so that the time of the first chunk does
 * not include the device's preparation for a new shape. Uses no files and no caches, and changes no
 * results.
 */
public final class WarmUp {
  /** Enough steps for the whole network and, with DeepCache, for its short path. */
  private static final int STEPS = 2;

  /** When to warm up. */
  public enum Choice {
    /** On a GPU only; a CPU needs almost no preparation. */
    AUTO,
    /** Always. */
    ON,
    /** Never. */
    OFF;

    /** Whether networks on a device are warmed up. */
    public boolean wants(Device device) {
      return this == ON || (this == AUTO && !device.getDeviceType().equals(Device.Type.CPU));
    }

    /** The name on the command line, in lower case. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private WarmUp() {}

  /**
   * Computes one dummy batch of whole chunks, once for each batch shape of these networks.
   * Concurrent callers wait.
   *
   * @return the duration; zero if the batch was computed before
   * @throws io.latentsync.memory.NativeMemoryException if native memory is insufficient for a
   *     single chunk
   */
  public static Duration once(Models models, RenderOptions options) {
    SamplerOptions sampling = options.sampling();
    BatchShape shape =
        new BatchShape(
            options.compute().batchSize(),
            options.compute().threads(),
            sampling.guidanceScale() > 1,
            sampling.deepCacheInterval() > 0);
    Set<BatchShape> warm = models.warmShapes();
    synchronized (warm) {
      if (warm.contains(shape)) {
        return Duration.ZERO;
      }
      long start = System.nanoTime();
      compute(models, options);
      warm.add(shape);
      return Duration.ofNanos(System.nanoTime() - start);
    }
  }

  private static void compute(Models models, RenderOptions options) {
    TorchEngine.useThreads(options.compute().threads());
    SamplerOptions quick = options.sampling().withSteps(STEPS);
    LipSync lipSync = new LipSync(models, quick, options.seed());
    int length = models.config().chunkFrames();
    int side = models.config().resolution();
    try (NDManager manager = NDManager.newBaseManager(models.device())) {
      NDArray silence = manager.zeros(new Shape(1, LogMel.BANDS, LogMel.WINDOW_COLUMNS));
      Shape states = models.whisper().hiddenStates(silence).getShape(); // [1500, states, width]
      Shape ofFrame = new Shape(models.config().context().rows() * states.get(1), states.get(2));
      OomBatchSplitter.faces(
          options.compute().batchSize(),
          (first, chunks) -> {
            try (NDArray nothing =
                manager.zeros(new Shape((long) chunks * length).addAll(ofFrame))) {
              return lipSync.faces(
                  Trace.OFF,
                  manager,
                  Collections.nCopies(chunks * length, RgbImage.black(side, side)),
                  nothing,
                  new long[chunks * length],
                  chunks);
            }
          });
    }
  }
}
