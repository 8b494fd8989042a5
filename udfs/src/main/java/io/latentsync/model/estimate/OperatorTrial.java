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
 * Which of libtorch's operators a chunk's time goes to: some chunks of black faces are dubbed to
 * silence, as many as go through the networks together. What is in a picture makes no difference.
 *
 * @param steps how many denoising steps were taken: enough for each kind that the options ask for
 * @param operators those that took longest by themselves first
 */
public record OperatorTrial(int steps, List<OperatorTime> operators) implements Serializable {
  private static final int FEWEST_STEPS = 2;

  /**
   * Tries it. On a CPU only: a GPU works on after a call of an operator has returned.
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
    int frames = options.batchSize() * config.chunkFrames();
    List<RgbImage> faces =
        Collections.nCopies(frames, RgbImage.black(config.resolution(), config.resolution()));
    long[] sources = LongStream.range(0, frames).toArray();
    TorchEngine.useThreads(options.threads());
    try (NDManager manager = NDManager.newBaseManager(models.device())) {
      WhisperConfig whisper = models.whisper().config();
      long rows = (long) config.context().rows() * (whisper.audioLayers() + 1);
      NDArray silence = manager.zeros(new Shape(frames, rows, whisper.audioState()));
      Runnable work =
          () -> lipSync.faces(Trace.OFF, manager, faces, silence, sources, options.batchSize());
      work.run(); // The first call of a shape sets things up.
      return new OperatorTrial(steps, OperatorRecording.of(work));
    }
  }
}
