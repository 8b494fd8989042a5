package io.latentsync.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.trace.Trace;
import java.util.Arrays;

/**
 * Re-synthesises the mouths of chunks of face crops by latent diffusion: Li et al., "LatentSync:
 * Audio Conditioned Latent Diffusion Models for Lip Sync" (2024), section 3.
 *
 * <p>A sampler has no state of its own: each call depends on its arguments, the options and the
 * noise only, so that chunks may be sampled in any order, on any machine, and by several threads at
 * once.
 */
public final class ChunkSampler {

  private static final float SCALING = (float) AutoencoderKlConfig.SCALING_FACTOR;

  private final UNet3d unet;
  private final AutoencoderKl vae;
  private final Scheduler scheduler;
  private final PredictionType predictionType;
  private final float[] alphas;
  private final Guidance guidance;
  private final DeepCache deepCache;
  private final double smoothing;
  private final Noise noise;
  private final LatentStore store;

  /**
   * A sampler for one video.
   *
   * @param unet the network that predicts noise; not closed by the sampler
   * @param vae the autoencoder of the latents; not closed by the sampler
   * @param config the noise schedule the network was trained with
   * @param noise the video's noise
   * @throws IllegalArgumentException if the schedule has not as many steps as the options ask for
   */
  public ChunkSampler(
      UNet3d unet, AutoencoderKl vae, SchedulerConfig config, SamplerOptions options, Noise noise) {
    this(unet, vae, config, options, noise, LatentStore.NONE);
  }

  /**
   * The same with a memory for the latents of pictures that come again.
   *
   * @param store keeps those of this video with this noise
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
    this.store = store;
  }

  /**
   * Gives each face of some chunks the mouth that speaks. The chunks are denoised together; what is
   * made of one does not depend on the others but for rounding. All arrays are FLOAT32; they and
   * the manager are on the networks' device.
   *
   * @param manager owner of the result
   * @param pixels face crops, [b·f,3,R,R] in −1…1, one chunk after the other; f from 1 to 16 (the
   *     networks were trained on 16; a video's last chunk may be shorter), R a multiple of 8
   * @param mask [1,R,R] in 0…1: 1 keeps the pixel, 0 re-synthesises it
   * @param audio speech features around each frame, [b·f,rows,d]
   * @param frames index of the source frame of each crop, from 0: what its noise is drawn for
   * @param chunks how many chunks they are, b
   * @return [b·f,3,R,R], around −1…1 but not clamped; where the mask is 1 exactly the given pixels
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public NDArray sample(
      NDManager manager, NDArray pixels, NDArray mask, NDArray audio, long[] frames, int chunks) {
    return sample(Trace.OFF, manager, pixels, mask, audio, frames, chunks);
  }

  /**
   * The same, and tells how long it takes.
   *
   * @param trace told of the networks' calls and of each denoising step. On a GPU, which computes
   *     while the caller goes on, each is waited for, unless the trace is off.
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

  /** Decoded pictures with the given pixels where the mask says so, [n,3,R,R]. */
  static NDArray withGiven(NDManager scope, NDArray decoded, NDArray pixels, NDArray mask) {
    NDArray keep = borrow(scope, mask); // [1,R,R]
    NDArray redo = keep.neg().add(1);
    return decoded.mul(redo).add(keep.mul(borrow(scope, pixels)));
  }

  /**
   * The same, but where the mask is 1 the networks' own picture of the given pixels.
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
      int f = frames.length / chunks;
      NDList before = borrow(scope, pixels).split(chunks); // each [f,3,R,R]
      NDList conditioning = new NDList(); // each [1,9,f,h,w]
      try (Trace.Running time = trace.begin("VAE encode")) {
        for (int i = 0; i < chunks; i++) {
          long[] ofChunk = Arrays.copyOfRange(frames, i * f, (i + 1) * f);
          conditioning.add(encode(scope, before.get(i), mask, ofChunk));
        }
      }
      NDArray latents; // [b,4,f,h,w]
      try (Trace.Running time = trace.begin("denoise")) {
        latents = denoise(trace, scope, NDArrays.concat(conditioning), audio);
      }
      NDList ofChunks = latents.split(chunks); // each [1,4,f,h,w]
      NDList faces = new NDList();
      // Not all at once: what a decoder needs meanwhile is many times its pictures.
      try (Trace.Running time = trace.begin("VAE decode")) {
        for (int i = 0; i < chunks; i++) {
          faces.add(decode(scope, ofChunks.get(i)));
          await(trace, faces.get(i));
        }
      }
      return scope.ret(NDArrays.concat(faces)); // [b·f,3,R,R]
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

  /**
   * What the network is told of the faces of one chunk: the latents' share of the mask, the latents
   * of the masked faces, the latents of the whole ones.
   *
   * @return [1,1+4+4,f,h,w]
   */
  NDArray encode(NDManager manager, NDArray pixels, NDArray mask, long[] frames) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray keep = borrow(scope, mask); // [1,R,R]
      NDList masked = new NDList();
      NDList whole = new NDList();
      for (int i = 0; i < frames.length; i++) {
        NDArray face = pixels.get(scope, i).expandDims(0); // [1,3,R,R]
        masked.add(latent(scope, face.mul(keep), Purpose.MASKED, frames[i]));
        whole.add(latent(scope, face, Purpose.REFERENCE, frames[i]));
      }
      NDArray maskedLatents = video(masked); // [1,4,f,h,w]
      NDArray referenceLatents = video(whole); // [1,4,f,h,w]

      long every = vae.config().downsampling();
      long side = referenceLatents.getShape().get(3);
      // Nearest neighbour: the pixel at the upper left of each latent.
      NDArray maskLatent = keep.get(new NDIndex(":,::{},::{}", every, every));
      NDArray maskLatents =
          maskLatent.reshape(1, 1, 1, side, side).repeat(2, frames.length); // [1,1,f,h,w]

      return scope.ret(
          NDArrays.concat(new NDList(maskLatents, maskedLatents, referenceLatents), 1));
    }
  }

  /** A sample of a picture's posterior, scaled to variance 1: [1,3,R,R] to [1,4,h,w]. */
  private NDArray latent(NDManager manager, NDArray picture, Purpose purpose, long frame) {
    Shape pixels = picture.getShape();
    int every = vae.config().downsampling();
    float[] values = store.latent(frame, purpose, () -> sampleOfPosterior(picture, purpose, frame));
    return TorchArrays.of(
        manager,
        values,
        new Shape(1, vae.config().latentChannels(), pixels.get(2) / every, pixels.get(3) / every));
  }

  private float[] sampleOfPosterior(NDArray picture, Purpose purpose, long frame) {
    try (NDManager scope = picture.getManager().newSubManager()) {
      AutoencoderKl.Posterior posterior = vae.encode(borrow(scope, picture));
      NDArray deviation = posterior.logvar().mul(0.5f).exp();
      NDArray gaussian = noise.posterior(scope, purpose, frame, deviation.getShape());
      return posterior.mean().add(deviation.mul(gaussian)).mul(SCALING).toFloatArray();
    }
  }

  /** The frames of a video, each [1,c,h,w], as [1,c,f,h,w]. */
  private static NDArray video(NDList frames) {
    return NDArrays.stack(frames, 2);
  }

  /**
   * Denoises chunks of equal length, from the video's initial noise.
   *
   * @param conditioning what {@link #encode} made of each chunk, [b,9,f,h,w]
   * @param audio speech features, [b·f,rows,d]
   * @return the latents, FLOAT32, [b,4,f,h,w]
   */
  NDArray denoise(Trace trace, NDManager manager, NDArray conditioning, NDArray audio) {
    try (NDManager chunk = manager.newSubManager()) {
      PredictionSmoothing ofThisChunk = new PredictionSmoothing(chunk, smoothing);
      return chunk.ret(denoise(trace, chunk, conditioning, audio, ofThisChunk));
    }
  }

  /** The same with a memory of predictions that may be another chunk's too. */
  NDArray denoise(
      Trace trace,
      NDManager manager,
      NDArray conditioning,
      NDArray audio,
      PredictionSmoothing predictions) {
    Shape shape = conditioning.getShape();
    long batch = shape.get(0);
    long f = shape.get(2);
    try (NDManager chunk = manager.newSubManager()) {
      boolean guided = guidance.needsUnconditional();
      NDArray condition = borrow(chunk, conditioning);
      NDArray speech = borrow(chunk, audio);
      if (guided) { // Below, b is then twice the number of chunks: without speech, with speech.
        condition = condition.concat(condition); // [b,9,f,h,w]
        speech = speech.zerosLike().concat(speech); // [b·f,rows,d]
      }

      NDArray latents =
          noise
              .initial(
                  chunk, new Shape(1, vae.config().latentChannels(), 1, shape.get(3), shape.get(4)))
              .repeat(2, f)
              .repeat(0, batch); // [chunks,4,f,h,w]
      long[] timesteps = scheduler.timesteps();
      Scheduler.Trajectory trajectory = scheduler.begin(chunk);
      StepMemory deepFeatures = new StepMemory(chunk);
      for (int i = 0; i < timesteps.length; i++) {
        try (Trace.Running time = trace.begin("step", i);
            NDManager step = chunk.newSubManager()) {
          latents.attach(step);
          NDArray noisy = guided ? latents.concat(latents) : latents; // [b,4,f,h,w]
          NDArray sample = noisy.concat(condition, 1); // [b,13,f,h,w]

          NDArray prediction; // [b,4,f,h,w]
          if (!deepCache.enabled()) {
            prediction = unet.predict(sample, timesteps[i], speech);
          } else if (deepCache.runsInFull(i)) {
            UNet3d.Prediction full = unet.predictKeeping(sample, timesteps[i], speech);
            deepFeatures.replace(full.deepFeatures());
            prediction = full.output();
          } else {
            prediction = unet.predictShallow(sample, timesteps[i], speech, deepFeatures.get());
          }

          if (guided) {
            NDList halves = prediction.split(2);
            prediction = guidance.guide(halves.get(0), halves.get(1)); // [chunks,4,f,h,w]
          }
          prediction = predictions.smooth(prediction);
          NDArray told = predictionType.noise(prediction, latents, alphas[(int) timesteps[i]]);
          latents = step.ret(trajectory.step(latents, told));
          await(trace, latents);
        }
      }
      return chunk.ret(latents);
    }
  }

  /** Decodes the latents of one chunk, [1,4,f,h,w]: [f,3,R,R]. */
  NDArray decode(NDManager manager, NDArray latents) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray frames = borrow(scope, latents).squeeze(0).swapAxes(0, 1); // [f,4,h,w]
      return scope.ret(vae.decode(frames.div(SCALING)));
    }
  }

  /** Waits for a GPU, where that is wanted to take the time. */
  private static void await(Trace trace, NDArray result) {
    if (trace.isOn() && !result.getDevice().getDeviceType().equals(Device.Type.CPU)) {
      result.get(new NDIndex("0,...")).mean().toFloatArray();
    }
  }

  /**
   * The same values as an array that the scope owns, so that what is computed from it ends with the
   * scope and the caller's array, which other threads may be using, is left alone.
   */
  private static NDArray borrow(NDManager scope, NDArray array) {
    return array.get(scope, new NDIndex("..."));
  }
}
