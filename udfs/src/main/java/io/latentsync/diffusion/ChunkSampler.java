package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.trace.Trace;
import java.util.concurrent.CancellationException;

/**
 * Re-synthesises the mouths of chunks of face crops by latent diffusion: Li et al., "LatentSync:
 * Audio Conditioned Latent Diffusion Models for Lip Sync" (2024), section 3.
 *
 * <p>A sampler has no state: a result depends only on arguments, options and noise. Chunks may be
 * sampled in any order, on any machine, and by several threads at once.
 */
public final class ChunkSampler {

  private final SamplerParts parts;

  /**
   * A sampler for one video.
   *
   * @param unet the network that predicts noise; not closed by the sampler
   * @param vae the autoencoder of the latents; not closed by the sampler
   * @param config the noise schedule that the network was trained with
   * @param noise the video's noise
   * @throws IllegalArgumentException if the schedule has fewer steps than the options
   */
  public ChunkSampler(
      UNet3d unet, AutoencoderKl vae, SchedulerConfig config, SamplerOptions options, Noise noise) {
    this(unet, vae, config, options, noise, LatentStore.NONE);
  }

  /**
   * A sampler with a store of latents.
   *
   * @param store latents of this video with this noise
   */
  public ChunkSampler(
      UNet3d unet,
      AutoencoderKl vae,
      SchedulerConfig config,
      SamplerOptions options,
      Noise noise,
      LatentStore store) {
    this(unet, vae, config, options, options.guidance(), noise, store);
  }

  ChunkSampler(
      UNet3d unet,
      AutoencoderKl vae,
      SchedulerConfig config,
      SamplerOptions options,
      Guidance guidance,
      Noise noise) {
    this(unet, vae, config, options, guidance, noise, LatentStore.NONE);
  }

  private ChunkSampler(
      UNet3d unet,
      AutoencoderKl vae,
      SchedulerConfig config,
      SamplerOptions options,
      Guidance guidance,
      Noise noise,
      LatentStore store) {
    this.parts =
        new SamplerParts(
            unet,
            vae,
            options.scheduler().create(config, options.steps()),
            config.predictionType(),
            config.alphasCumprod(),
            guidance,
            options.deepCache(),
            options.smoothing(),
            noise,
            store);
  }

  /**
   * Re-synthesises the mouth in each face. The chunks are denoised together; apart from rounding, a
   * chunk's result does not depend on the others. All arrays are FLOAT32; they and the manager are
   * on the networks' device.
   *
   * @param manager owner of the result
   * @param pixels face crops, [b·f,3,R,R] in −1…1, one chunk after the other; f from 1 to 16 (the
   *     networks were trained on 16; a video's last chunk may be shorter), R a multiple of 8
   * @param mask [1,R,R] in 0…1: 1 keeps the pixel, 0 re-synthesises it
   * @param audio speech features around each frame, [b·f,rows,d]
   * @param frames index of the source frame of each crop, from 0; selects the crop's noise
   * @param chunks number of chunks, b
   * @return [b·f,3,R,R], around −1…1, not clamped; equal to the given pixels where the mask is 1
   * @throws IllegalArgumentException if the shapes do not fit together
   * @throws CancellationException if this thread is interrupted, before the next denoising step;
   *     all arrays that this method made are then closed
   */
  public NDArray sample(
      NDManager manager, NDArray pixels, NDArray mask, NDArray audio, long[] frames, int chunks) {
    FaceCrops faces = new FaceCrops(pixels, frames);
    return sample(Trace.OFF, manager, faces, faces, mask, audio, chunks);
  }

  /**
   * Like {@code sample}, with a trace and references.
   *
   * @param trace records the networks' calls and each denoising step. A GPU computes
   *     asynchronously: unless the trace is off, each call waits for its result.
   * @param references for each face a picture of the same person, of any frame. The reference
   *     implementation uses the face itself, and in training another frame of the video.
   */
  public NDArray sample(
      Trace trace,
      NDManager manager,
      FaceCrops faces,
      FaceCrops references,
      NDArray mask,
      NDArray audio,
      int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray decoded = decoded(trace, scope, faces, references, mask, audio, chunks);
      return scope.ret(withGiven(scope, decoded, faces.pixels(), mask));
    }
  }

  /** The decoded pictures, with the given pixels where the mask is 1: [n,3,R,R]. */
  static NDArray withGiven(NDManager scope, NDArray decoded, NDArray pixels, NDArray mask) {
    NDArray keep = SamplingRun.borrow(scope, mask); // [1,R,R]
    NDArray redo = keep.onesLike().sub(keep);
    return decoded.mul(redo).add(keep.mul(SamplingRun.borrow(scope, pixels)));
  }

  /**
   * Like {@code sample}, but returns the autoencoder's output for all pixels, also where the mask
   * is 1.
   *
   * @return [b·f,3,R,R], around −1…1 but not clamped
   */
  public NDArray decoded(
      Trace trace,
      NDManager manager,
      FaceCrops faces,
      FaceCrops references,
      NDArray mask,
      NDArray audio,
      int chunks) {
    checkShapes(faces, mask.getShape(), audio.getShape(), chunks);
    if (!references.pixels().getShape().equals(faces.pixels().getShape())
        || references.frames().length != faces.frames().length) {
      throw new IllegalArgumentException(
          "the references are %s, but must be like the faces, %s"
              .formatted(references.pixels().getShape(), faces.pixels().getShape()));
    }
    try (NDManager scope = manager.newSubManager()) {
      SamplingRun run = begin(trace, scope);
      NDArray conditioning; // [b,9,f,h,w]
      try (Trace.Running time = trace.begin("VAE encode")) {
        conditioning = run.encode(scope, faces, references, mask, chunks);
      }
      NDArray latents; // [b,4,f,h,w]
      try (Trace.Running time = trace.begin("denoise")) {
        latents = run.denoise(scope, conditioning, audio);
      }
      NDArray pictures; // [b·f,3,R,R]
      try (Trace.Running time = trace.begin("VAE decode")) {
        pictures = run.decode(scope, latents);
      }
      run.keepLatents();
      return scope.ret(pictures);
    }
  }

  /** Begins a run. The scope owns its state. */
  SamplingRun begin(Trace trace, NDManager scope) {
    return new SamplingRun(parts, trace, scope);
  }

  private void checkShapes(FaceCrops crops, Shape mask, Shape audio, int chunks) {
    Shape pixels = crops.pixels().getShape();
    long[] frames = crops.frames();
    int multiple = parts.vae().config().downsampling();
    boolean faces = pixels.dimension() == 4 && pixels.get(1) == 3 && pixels.get(2) == pixels.get(3);
    if (!faces || pixels.get(2) % multiple != 0 || pixels.get(0) < 1) {
      throw new IllegalArgumentException(
          "pixels are %s, but must be [frames,3,R,R] with R a multiple of %d"
              .formatted(pixels, multiple));
    }
    long side = pixels.get(2);
    if (!mask.equals(new Shape(1, side, side))) {
      throw new IllegalArgumentException(
          "the mask is " + mask + ", but must be [1,R,R] for pixels " + pixels);
    }
    if (audio.dimension() != 3 || audio.get(0) != pixels.get(0)) {
      throw new IllegalArgumentException(
          "the audio is " + audio + ", but must be [frames,rows,d] for pixels " + pixels);
    }
    if (frames.length != pixels.get(0)) {
      throw new IllegalArgumentException(
          frames.length + " frame numbers were given, but the pixels are " + pixels);
    }
    if (chunks < 1 || frames.length % chunks != 0) {
      throw new IllegalArgumentException(
          frames.length + " frames cannot be split into " + chunks + " chunks of equal length");
    }
  }
}
