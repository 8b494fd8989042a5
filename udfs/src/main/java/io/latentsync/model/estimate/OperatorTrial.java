package io.latentsync.model.estimate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.image.RgbImage;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Models;
import io.latentsync.model.render.LipSync;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.nn.torch.OperatorRecording;
import io.latentsync.nn.torch.OperatorTime;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The time of libtorch's operators per chunk, measured by dubbing one batch of chunks with black
 * faces and silence. The contents of pictures do not change the time.
 *
 * @param steps number of denoising steps, enough for each kind of step in the options
 * @param operators in descending order of their own time
 */
public record OperatorTrial(int steps, List<OperatorTime> operators) implements Serializable {
  private static final int FEWEST_STEPS = 2;

  /**
   * Measures on a CPU. On a GPU, calls of operators return before the work is done.
   *
   * @param models on a CPU
   * @throws IOException if the profiler's file cannot be written or read
   */
  public static OperatorTrial of(Models models, RenderOptions options) throws IOException {
    SamplerOptions asked = options.sampling();
    int steps = Math.max(FEWEST_STEPS, asked.deepCacheInterval());
    SamplerOptions few =
        new SamplerOptions(
            steps,
            asked.guidanceScale(),
            asked.dynamicGuidance(),
            asked.scheduler(),
            asked.deepCacheInterval(),
            asked.smoothing());
    LipSync lipSync = new LipSync(models, few, options.seed());
    ModelConfig config = models.config();
    int frames = options.compute().batchSize() * config.chunkFrames();
    List<RgbImage> faces =
        Collections.nCopies(frames, RgbImage.black(config.resolution(), config.resolution()));
    long[] sources = LongStream.range(0, frames).toArray();
    TorchEngine.useThreads(options.compute().threads());
    try (NDManager manager = NDManager.newBaseManager(models.device())) {
      WhisperConfig whisper = models.whisper().config();
      long rows = (long) config.context().rows() * (whisper.audioLayers() + 1);
      NDArray silence = manager.zeros(new Shape(frames, rows, whisper.audioState()));
      Runnable work =
          () ->
              lipSync.faces(
                  Trace.OFF, manager, faces, silence, sources, options.compute().batchSize());
      work.run(); // The first call of a shape includes preparation.
      return new OperatorTrial(steps, OperatorRecording.of(work));
    }
  }
}
