package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.trace.Trace;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * One run of a sampler: encodes chunks, denoises them together and decodes them. All arrays stay on
 * the device. The constants of all steps are copied to the device once, at the start. Not
 * thread-safe.
 */
final class SamplingRun {
  private final SamplerParts parts;
  private final Trace trace;
  private final DeviceNumbers numbers;
  private final LatentEncoder encoder;

  /**
   * Copies the constants to the device.
   *
   * @param parts networks and options
   * @param scope owner of the arrays that the run keeps
   */
  SamplingRun(SamplerParts parts, Trace trace, NDManager scope) {
    this.parts = parts;
    this.trace = trace;
    this.numbers = new DeviceNumbers(scope, numbers(parts));
    this.encoder = new LatentEncoder(parts.vae(), parts.noise(), parts.store(), scope, numbers);
  }

  private static DoubleStream numbers(SamplerParts parts) {
    long[] timesteps = parts.scheduler().timesteps();
    DoubleStream ofPredictions =
        LongStream.of(timesteps)
            .mapToObj(timestep -> parts.predictionType().numbers(parts.alpha(timestep)))
            .flatMapToDouble(Function.identity());
    return Stream.of(
            LatentEncoder.numbers(),
            LongStream.of(timesteps).asDoubleStream(),
            parts.scheduler().numbers(),
            ofPredictions,
            parts.guidance().numbers(),
            PredictionSmoothing.numbers(parts.smoothing()))
        .flatMapToDouble(Function.identity());
  }

  /** Creates a smoothing that has no previous prediction. */
  PredictionSmoothing smoothing(NDManager owner) {
    return new PredictionSmoothing(owner, parts.smoothing(), numbers);
  }

  /**
   * Computes the face conditioning of chunks whose faces are their own references; see {@link
   * #encode(NDManager, FaceCrops, FaceCrops, NDArray, int)}.
   */
  NDArray encode(NDManager manager, NDArray pixels, NDArray mask, long[] frames, int chunks) {
    FaceCrops faces = new FaceCrops(pixels, frames);
    return encode(manager, faces, faces, mask, chunks);
  }

  /**
   * Computes the face conditioning of the chunks: the mask, the latents of the masked faces and the
   * latents of the whole reference faces, as channels of one array.
   *
   * @param faces b·f faces
   * @param references a reference of each face
   * @param mask [1,R,R]
   * @param chunks b
   * @return [b,1+4+4,f,h,w]
   */
  NDArray encode(
      NDManager manager, FaceCrops faces, FaceCrops references, NDArray mask, int chunks) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray keep = borrow(scope, mask);
      LatentEncoder.Latents latents =
          encoder.encode(borrow(scope, faces), borrow(scope, references), keep);
      NDArray reference = clips(borrow(scope, latents.reference()), chunks); // [b,4,f,h,w]
      NDArray masked = clips(borrow(scope, latents.masked()), chunks);

      // Nearest neighbour: takes the upper left pixel of the square that a latent represents.
      long every = parts.vae().config().downsampling();
      long side = reference.getShape().get(3);
      NDArray maskLatent = keep.get(new NDIndex(":,::{},::{}", every, every)); // [1,h,w]
      NDArray maskLatents =
          maskLatent
              .reshape(1, 1, 1, side, side)
              .repeat(2, faces.frames().length / chunks)
              .repeat(0, chunks); // [b,1,f,h,w]
      return scope.ret(NDArrays.concat(new NDList(maskLatents, masked, reference), 1));
    }
  }

  private static FaceCrops borrow(NDManager scope, FaceCrops crops) {
    return new FaceCrops(borrow(scope, crops.pixels()), crops.frames());
  }

  /** [b·f,c,h,w] to [b,c,f,h,w]. */
  private static NDArray clips(NDArray pictures, int chunks) {
    Shape shape = pictures.getShape();
    return pictures
        .reshape(chunks, shape.get(0) / chunks, shape.get(1), shape.get(2), shape.get(3))
        .swapAxes(1, 2);
  }

  /**
   * Denoises chunks of equal length, from the video's initial noise.
   *
   * @param conditioning the result of {@link #encode}, [b,9,f,h,w]
   * @param audio speech features, [b·f,rows,d]
   * @return the latents, FLOAT32, [b,4,f,h,w]
   */
  NDArray denoise(NDManager manager, NDArray conditioning, NDArray audio) {
    try (NDManager scope = manager.newSubManager()) {
      return scope.ret(denoise(scope, conditioning, audio, smoothing(scope)));
    }
  }

  /** Like {@code denoise}, with a smoothing that may contain the prediction of an earlier chunk. */
  NDArray denoise(
      NDManager manager, NDArray conditioning, NDArray audio, PredictionSmoothing predictions) {
    try (NDManager loop = manager.newSubManager()) {
      // The UNet's batch size n is b. With classifier-free guidance it is 2b: first all samples
      // without speech, then all with speech.
      Guidance guidance = parts.guidance();
      boolean guided = guidance.needsUnconditional();
      NDArray condition = borrow(loop, conditioning);
      NDArray speech = borrow(loop, audio);
      if (guided) {
        condition = condition.concat(condition); // [n,9,f,h,w]
        speech = speech.zerosLike().concat(speech); // [n·f,rows,d]
      }

      NDArray latents = initialLatents(loop, conditioning.getShape()); // [b,4,f,h,w]
      long[] timesteps = parts.scheduler().timesteps();
      Scheduler.Trajectory trajectory = parts.scheduler().begin(loop, numbers);
      DeepCacheUNet cachedUNet = new DeepCacheUNet(parts.unet(), parts.deepCache(), loop);
      for (int i = 0; i < timesteps.length; i++) {
        stopIfInterrupted();
        try (Trace.Running time = trace.begin("step", i);
            NDManager step = loop.newSubManager()) {
          latents.attach(step);
          NDArray noisy = guided ? latents.concat(latents) : latents; // [n,4,f,h,w]
          NDArray sample = noisy.concat(condition, 1); // [n,13,f,h,w]
          NDArray timestep = numbers.of((double) timesteps[i]).expandDims(0);
          timestep.attach(step);
          NDArray prediction = cachedUNet.predict(i, sample, timestep, speech); // [n,4,f,h,w]
          if (guided) {
            NDList halves = prediction.split(2);
            prediction = guidance.guide(halves.get(0), halves.get(1), numbers); // [b,4,f,h,w]
          }
          prediction = predictions.smooth(prediction);
          double alpha = parts.alpha(timesteps[i]);
          NDArray predictedNoise =
              parts.predictionType().noise(prediction, latents, alpha, numbers);
          latents = step.ret(trajectory.step(latents, predictedNoise));
          await(latents);
        }
      }
      return loop.ret(latents);
    }
  }

  /** The initial noise of the video, repeated for each frame of each chunk: [b,4,f,h,w]. */
  private NDArray initialLatents(NDManager manager, Shape conditioning) {
    int channels = parts.vae().config().latentChannels();
    Shape frame = new Shape(1, channels, 1, conditioning.get(3), conditioning.get(4));
    float[] initial = parts.noise().initial(Math.toIntExact(frame.size()));
    return TorchArrays.of(manager, initial, frame)
        .repeat(2, conditioning.get(2))
        .repeat(0, conditioning.get(0));
  }

  /**
   * Decodes the latents of one chunk after another.
   *
   * @param latents [b,4,f,h,w]
   * @return [b·f,3,R,R]
   */
  NDArray decode(NDManager manager, NDArray latents) {
    try (NDManager scope = manager.newSubManager()) {
      int chunks = Math.toIntExact(latents.getShape().get(0));
      NDList ofChunks = borrow(scope, latents).split(chunks); // each [1,4,f,h,w]
      NDList faces = new NDList(); // each [f,3,R,R]
      for (NDArray chunk : ofChunks) {
        stopIfInterrupted();
        NDArray frames = chunk.squeeze(0).swapAxes(0, 1); // [f,4,h,w]
        NDArray scale = numbers.of(AutoencoderKlConfig.SCALING_FACTOR);
        faces.add(parts.vae().decode(frames.div(scale)));
        await(faces.get(faces.size() - 1));
      }
      return scope.ret(NDArrays.concat(faces));
    }
  }

  /** Copies the newly encoded latents into the store. */
  void keepLatents() {
    encoder.keep();
  }

  private static void stopIfInterrupted() {
    if (Thread.interrupted()) {
      throw new CancellationException("interrupted between two denoising steps");
    }
  }

  /** If the trace is on, waits for the GPU, so that a span covers only its own work. */
  private void await(NDArray result) {
    if (trace.isOn()) {
      TorchArrays.await(result);
    }
  }

  /**
   * A view of an array that the scope owns. Arrays computed from the view are closed with the
   * scope. The caller's array, which other threads may use, stays open.
   */
  static NDArray borrow(NDManager scope, NDArray array) {
    return array.get(scope, new NDIndex("..."));
  }
}
