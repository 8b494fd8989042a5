package io.latentsync.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.ChunkSampler;
import io.latentsync.diffusion.LatentStore;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.diffusion.SeededNoise;
import io.latentsync.face.Blend;
import io.latentsync.face.FacePixels;
import io.latentsync.image.RgbImage;
import io.latentsync.trace.Trace;
import java.util.List;

/** Chunks of aligned faces in, the same faces with lips that follow the speech out. */
public final class LipSync {
  private final ChunkSampler sampler;
  private final float[] mask;
  private final int resolution;
  private final Blend blend;

  /** A sampler over the shared networks; cheap, one for each thread. */
  public LipSync(Models models, SamplerOptions options, long seed) {
    this(models, options, seed, Blend.REFERENCE, LatentStore.NONE);
  }

  LipSync(Models models, SamplerOptions options, long seed, Blend blend, LatentStore store) {
    this.sampler =
        new ChunkSampler(
            models.unet(),
            models.vae(),
            SchedulerConfig.STABLE_DIFFUSION,
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
   * @param trace told how long the networks and each denoising step take
   * @param manager owner of what is made meanwhile; the result does not depend on it
   * @param faces aligned faces, one chunk of consecutive frames after the other, resolution ×
   *     resolution
   * @param audio [faces, rows, width], the speech around each frame
   * @param sourceFrames index in the source video of each face: what its noise hangs on
   * @param chunks how many chunks they are
   * @return a face for each, [3, resolution, resolution] in −1…1 (not clamped); to be blended
   *     seamlessly, also where the mask keeps the source the networks' picture
   */
  public float[][] faces(
      Trace trace,
      NDManager manager,
      List<RgbImage> faces,
      NDArray audio,
      long[] sourceFrames,
      int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      int plane = 3 * resolution * resolution;
      float[] pixels = new float[faces.size() * plane];
      for (int i = 0; i < faces.size(); i++) {
        System.arraycopy(FacePixels.of(faces.get(i)), 0, pixels, i * plane, plane);
      }
      NDArray before = scope.create(pixels, new Shape(faces.size(), 3, resolution, resolution));
      NDArray keep = scope.create(mask, new Shape(1, resolution, resolution));
      NDArray result =
          switch (blend) {
            case REFERENCE ->
                sampler.sample(trace, scope, before, keep, audio, sourceFrames, chunks);
            case SEAMLESS ->
                sampler.decoded(trace, scope, before, keep, audio, sourceFrames, chunks);
          };
      float[] values = result.toFloatArray();
      float[][] synthesised = new float[faces.size()][plane];
      for (int i = 0; i < faces.size(); i++) {
        System.arraycopy(values, i * plane, synthesised[i], 0, plane);
      }
      return synthesised;
    }
  }
}
