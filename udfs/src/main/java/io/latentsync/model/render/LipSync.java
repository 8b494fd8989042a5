package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.ChunkSampler;
import io.latentsync.diffusion.LatentStore;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.diffusion.SeededNoise;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.image.RgbImage;
import io.latentsync.memory.TorchArrays;
import io.latentsync.model.bundle.Models;
import io.latentsync.trace.Trace;
import java.util.List;

/** Re-synthesises the lips in chunks of aligned faces, so that they follow the speech. */
public final class LipSync {
  private final ChunkSampler sampler;
  private final float[] mask;
  private final int resolution;
  private final Blend blend;

  /** A sampler with the shared networks; cheap, one for each thread. */
  public LipSync(Models models, SamplerOptions options, long seed) {
    this(models, options, seed, Blend.REFERENCE, LatentStore.NONE);
  }

  LipSync(Models models, SamplerOptions options, long seed, Blend blend, LatentStore store) {
    this.sampler =
        new ChunkSampler(
            models.unet(),
            models.vae(),
            SchedulerConfig.STABLE_DIFFUSION.with(models.config().predictionType()),
            options,
            new SeededNoise(seed),
            store);
    this.mask = models.mask().values();
    this.blend = blend;
    this.resolution = models.config().resolution();
  }

  /**
   * Re-synthesises the masked region of each face. Chunks of equal length are denoised together.
   *
   * @param trace records the times of the networks and of each denoising step
   * @param manager owner of temporary arrays; the result is independent of it
   * @param faces aligned faces, one chunk of consecutive frames after the other, resolution ×
   *     resolution
   * @param audio [faces, rows, width], the speech around each frame
   * @param sourceFrames index in the source video of each face, which determines its noise
   * @param chunks number of chunks
   * @return one face for each input, [3, resolution, resolution], about −1…1, not clamped; with
   *     seamless blending also the part that the mask keeps is the networks' picture
   */
  public float[][] faces(
      Trace trace,
      NDManager manager,
      List<RgbImage> faces,
      NDArray audio,
      long[] sourceFrames,
      int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      Shape face = new Shape(3, resolution, resolution);
      NDArray before =
          TorchArrays.ofParts(scope, faces.size(), i -> FacePixels.of(faces.get(i)), face);
      NDArray keep = TorchArrays.of(scope, mask, new Shape(1, resolution, resolution));
      NDArray result =
          switch (blend) {
            case REFERENCE ->
                sampler.sample(trace, scope, before, keep, audio, sourceFrames, chunks);
            case SEAMLESS ->
                sampler.decoded(trace, scope, before, keep, audio, sourceFrames, chunks);
          };
      return TorchArrays.parts(result);
    }
  }
}
