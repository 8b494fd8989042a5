package io.latentsync.model.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.ChunkSampler;
import io.latentsync.diffusion.FaceCrops;
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

  /** An instance that uses shared networks. Instances are cheap, and each thread needs its own. */
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
   * Re-synthesises the masked region of each face, which is its own reference; see {@link
   * #faces(Trace, NDManager, List, NDArray, long[], List, long[], int)}.
   */
  public float[][] faces(
      Trace trace,
      NDManager manager,
      List<RgbImage> faces,
      NDArray audio,
      long[] sourceFrames,
      int chunks) {
    return faces(trace, manager, faces, audio, sourceFrames, faces, sourceFrames, chunks);
  }

  /**
   * Re-synthesises the masked region of each face. Chunks of equal length are denoised together.
   *
   * @param trace records the times of the networks and of each denoising step
   * @param manager owner of temporary arrays
   * @param faces aligned faces of resolution × resolution pixels; all chunks in order, each of
   *     consecutive frames
   * @param audio [faces, rows, width], the audio context of each frame
   * @param sourceFrames index of each face's frame in the source video, which determines its noise
   * @param references a picture of the same person for each face, such as the face itself
   * @param referenceFrames index in the source video of each reference
   * @param chunks number of chunks
   * @return one face for each input, [3, resolution, resolution], about −1…1, not clamped. With
   *     seamless blending, the networks' output also replaces the part that the mask keeps
   */
  public float[][] faces(
      Trace trace,
      NDManager manager,
      List<RgbImage> faces,
      NDArray audio,
      long[] sourceFrames,
      List<RgbImage> references,
      long[] referenceFrames,
      int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      Shape face = new Shape(3, resolution, resolution);
      FaceCrops before = new FaceCrops(pixels(scope, faces, face), sourceFrames);
      FaceCrops ofReferences =
          references.equals(faces)
              ? before
              : new FaceCrops(pixels(scope, references, face), referenceFrames);
      NDArray keep = TorchArrays.of(scope, mask, new Shape(1, resolution, resolution));
      NDArray result =
          switch (blend) {
            case REFERENCE ->
                sampler.sample(trace, scope, before, ofReferences, keep, audio, chunks);
            case SEAMLESS ->
                sampler.decoded(trace, scope, before, ofReferences, keep, audio, chunks);
          };
      return TorchArrays.parts(result);
    }
  }

  private static NDArray pixels(NDManager scope, List<RgbImage> faces, Shape face) {
    return TorchArrays.ofParts(scope, faces.size(), i -> FacePixels.of(faces.get(i)), face);
  }
}
