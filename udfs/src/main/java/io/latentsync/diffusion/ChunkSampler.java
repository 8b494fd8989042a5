package io.latentsync.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.trace.Trace;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/**
 * Re-synthesises the mouths of chunks of face crops by latent diffusion: Li et al., "LatentSync:
 * Audio Conditioned Latent Diffusion Models for Lip Sync" (2024), section 3.
 *
 * <p>A sampler has no state: a result depends only on arguments, options and noise. Chunks may be
 * sampled in any order, on any machine, and by several threads at once.
 */
public final class ChunkSampler {

  private final UNet3d unet;
  private final AutoencoderKl vae;
  private final Scheduler scheduler;
  private final PredictionType predictionType;
  private final float[] alphas;
  private final Guidance guidance;
  private final DeepCache deepCache;
  private final double smoothing;
  private final Noise noise;
  private final LatentEncoder encoder;

  /**
   * A sampler for one video.
   *
   * @param unet the network that predicts noise; not closed by the sampler
   * @param vae the autoencoder of the latents; not closed by the sampler
   * @param config the noise schedule the network was trained with
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
    this.unet = unet;
    this.vae = vae;
    this.scheduler = options.scheduler().create(config, options.steps());
    this.predictionType = config.predictionType();
    this.alphas = config.alphasCumprod();
    this.guidance = guidance;
    this.deepCache = options.deepCache();
    this.smoothing = options.smoothing();
    this.noise = noise;
    this.encoder = new LatentEncoder(vae, noise, store);
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
   *     all arrays made here are closed then
   */
  public NDArray sample(
      NDManager manager, NDArray pixels, NDArray mask, NDArray audio, long[] frames, int chunks) {
    return sample(Trace.OFF, manager, pixels, mask, audio, frames, chunks);
  }

  /**
   * The same with a trace.
   *
   * @param trace records the networks' calls and each denoising step. A GPU computes
   *     asynchronously: unless the trace is off, each call waits for its result.
   */
  public NDArray sample(
      Trace trace,
      NDManager manager,
      NDArray pixels,
      NDArray mask,
      NDArray audio,
      long[] frames,
      int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray decoded = decoded(trace, scope, pixels, mask, audio, frames, chunks);
      return scope.ret(withGiven(scope, decoded, pixels, mask));
    }
  }

  /** Decoded pictures with the given pixels where the mask is 1, [n,3,R,R]. */
  static NDArray withGiven(NDManager scope, NDArray decoded, NDArray pixels, NDArray mask) {
    NDArray keep = borrow(scope, mask); // [1,R,R]
    NDArray redo = keep.neg().add(1);
    return decoded.mul(redo).add(keep.mul(borrow(scope, pixels)));
  }

  /**
   * Like {@code sample}, but with the autoencoder's reconstruction where the mask is 1.
   *
   * @return [b·f,3,R,R], around −1…1 but not clamped
   */
  public NDArray decoded(
      Trace trace,
      NDManager manager,
      NDArray pixels,
      NDArray mask,
      NDArray audio,
      long[] frames,
      int chunks) {
    checkShapes(pixels.getShape(), mask.getShape(), audio.getShape(), frames, chunks);
    try (NDManager scope = manager.newSubManager()) {
      NDArray conditioning; // [b,9,f,h,w]
      try (Trace.Running time = trace.begin("VAE encode")) {
        conditioning = encodeChunks(scope, pixels, mask, frames, chunks);
      }
      NDArray latents; // [b,4,f,h,w]
      try (Trace.Running time = trace.begin("denoise")) {
        latents = denoise(trace, scope, conditioning, audio);
      }
      NDArray faces; // [b·f,3,R,R]
      try (Trace.Running time = trace.begin("VAE decode")) {
        faces = decodeChunks(trace, scope, latents, chunks);
      }
      return scope.ret(faces);
    }
  }

  private void checkShapes(Shape pixels, Shape mask, Shape audio, long[] frames, int chunks) {
    int multiple = vae.config().downsampling();
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
          frames.length + " frame numbers were given for pixels " + pixels);
    }
    if (chunks < 1 || frames.length % chunks != 0) {
      throw new IllegalArgumentException(
          frames.length + " frames are not " + chunks + " chunks of equal length");
    }
  }

  private NDArray encodeChunks(
      NDManager manager, NDArray pixels, NDArray mask, long[] frames, int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      NDList faces = borrow(scope, pixels).split(chunks); // each [f,3,R,R]
      int f = frames.length / chunks;
      NDList conditioning = new NDList(); // each [1,9,f,h,w]
      for (int i = 0; i < chunks; i++) {
        long[] framesOfChunk = Arrays.copyOfRange(frames, i * f, (i + 1) * f);
        conditioning.add(encode(scope, faces.get(i), mask, framesOfChunk));
      }
      return scope.ret(NDArrays.concat(conditioning));
    }
  }

  /**
   * The conditioning of one chunk on its faces: the mask, the latents of the masked faces, the
   * latents of the whole faces.
   *
   * @param pixels [f,3,R,R]
   * @return [1,1+4+4,f,h,w]
   */
  NDArray encode(NDManager manager, NDArray pixels, NDArray mask, long[] frames) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray faces = borrow(scope, pixels); // [f,3,R,R]
      NDArray keep = borrow(scope, mask); // [1,R,R]
      NDArray masked = encoder.encode(scope, faces.mul(keep), Purpose.MASKED, frames);
      NDArray reference = encoder.encode(scope, faces, Purpose.REFERENCE, frames); // [1,4,f,h,w]

      // Nearest neighbour: the pixel at the upper left of each latent.
      long every = vae.config().downsampling();
      long side = reference.getShape().get(3);
      NDArray maskLatent = keep.get(new NDIndex(":,::{},::{}", every, every)); // [1,h,w]
      NDArray maskLatents =
          maskLatent.reshape(1, 1, 1, side, side).repeat(2, frames.length); // [1,1,f,h,w]

      return scope.ret(NDArrays.concat(new NDList(maskLatents, masked, reference), 1));
    }
  }

  /**
   * Denoises chunks of equal length, from the video's initial noise.
   *
   * @param conditioning the result of {@link #encode} for each chunk, [b,9,f,h,w]
   * @param audio speech features, [b·f,rows,d]
   * @return the latents, FLOAT32, [b,4,f,h,w]
   */
  NDArray denoise(Trace trace, NDManager manager, NDArray conditioning, NDArray audio) {
    try (NDManager scope = manager.newSubManager()) {
      PredictionSmoothing ofTheseChunks = new PredictionSmoothing(scope, smoothing);
      return scope.ret(denoise(trace, scope, conditioning, audio, ofTheseChunks));
    }
  }

  /** Denoises with a smoothing that may hold the prediction of an earlier chunk. */
  NDArray denoise(
      Trace trace,
      NDManager manager,
      NDArray conditioning,
      NDArray audio,
      PredictionSmoothing predictions) {
    try (NDManager loop = manager.newSubManager()) {
      // With classifier-free guidance the UNet's batch is n = 2b, without and with speech; else b.
      boolean guided = guidance.needsUnconditional();
      NDArray condition = borrow(loop, conditioning);
      NDArray speech = borrow(loop, audio);
      if (guided) {
        condition = condition.concat(condition); // [n,9,f,h,w]
        speech = speech.zerosLike().concat(speech); // [n·f,rows,d]
      }

      NDArray latents = initialLatents(loop, conditioning.getShape()); // [b,4,f,h,w]
      long[] timesteps = scheduler.timesteps();
      Scheduler.Trajectory trajectory = scheduler.begin(loop);
      DeepCacheUNet cachedUNet = new DeepCacheUNet(unet, deepCache, loop);
      for (int i = 0; i < timesteps.length; i++) {
        stopIfInterrupted();
        try (Trace.Running time = trace.begin("step", i);
            NDManager step = loop.newSubManager()) {
          latents.attach(step);
          NDArray noisy = guided ? latents.concat(latents) : latents; // [n,4,f,h,w]
          NDArray sample = noisy.concat(condition, 1); // [n,13,f,h,w]
          NDArray prediction = cachedUNet.predict(i, sample, timesteps[i], speech); // [n,4,f,h,w]
          if (guided) {
            NDList halves = prediction.split(2);
            prediction = guidance.guide(halves.get(0), halves.get(1)); // [b,4,f,h,w]
          }
          prediction = predictions.smooth(prediction);
          float alpha = alphas[(int) timesteps[i]];
          NDArray predictedNoise = predictionType.noise(prediction, latents, alpha);
          latents = step.ret(trajectory.step(latents, predictedNoise));
          await(trace, latents);
        }
      }
      return loop.ret(latents);
    }
  }

  /** The video's initial noise, the same in each frame of each chunk: [b,4,f,h,w]. */
  private NDArray initialLatents(NDManager manager, Shape conditioning) {
    int channels = vae.config().latentChannels();
    Shape frame = new Shape(1, channels, 1, conditioning.get(3), conditioning.get(4));
    return noise
        .initial(manager, frame)
        .repeat(2, conditioning.get(2))
        .repeat(0, conditioning.get(0));
  }

  /**
   * Decodes chunk by chunk, because a decoder's activations need many times the memory of its
   * pictures.
   */
  private NDArray decodeChunks(Trace trace, NDManager manager, NDArray latents, int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      NDList ofChunks = borrow(scope, latents).split(chunks); // each [1,4,f,h,w]
      NDList faces = new NDList(); // each [f,3,R,R]
      for (int i = 0; i < chunks; i++) {
        stopIfInterrupted();
        faces.add(decode(scope, ofChunks.get(i)));
        await(trace, faces.get(i));
      }
      return scope.ret(NDArrays.concat(faces));
    }
  }

  /** Decodes the latents of one chunk, [1,4,f,h,w]: [f,3,R,R]. */
  NDArray decode(NDManager manager, NDArray latents) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray frames = borrow(scope, latents).squeeze(0).swapAxes(0, 1); // [f,4,h,w]
      return scope.ret(vae.decode(frames.div((float) AutoencoderKlConfig.SCALING_FACTOR)));
    }
  }

  private static void stopIfInterrupted() {
    if (Thread.interrupted()) {
      throw new CancellationException("interrupted between two denoising steps");
    }
  }

  /** Waits for a GPU if the trace is on, so that a span measures its own work. */
  private static void await(Trace trace, NDArray result) {
    if (trace.isOn() && !result.getDevice().getDeviceType().equals(Device.Type.CPU)) {
      result.get(new NDIndex("0,...")).mean().toFloatArray();
    }
  }

  /**
   * A view of an array that the scope owns. Arrays computed from the view are closed with the
   * scope. The caller's array, which other threads may use, stays open.
   */
  private static NDArray borrow(NDManager scope, NDArray array) {
    return array.get(scope, new NDIndex("..."));
  }
}
