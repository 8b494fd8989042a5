package io.latentsync.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.nn.UNet3d;
import io.latentsync.nn.WhisperEncoder;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Teaches the denoiser, and with it the audio encoder, to tell the noise in the latents of a chunk
 * of frames (Ho et al., "Denoising diffusion probabilistic models", 2020, equation 14; Li et al.,
 * "LatentSync", 2024). The chunk's own frames are given masked, and whole frames of another part of
 * the clip for reference.
 */
final class DiffusionObjective implements Objective {
  private static final String UNET = "unet.";
  private static final String WHISPER = "whisper.";
  private static final String OPENING_WEIGHT = "opening.weight";
  private static final String OPENING_BIAS = "opening.bias";

  private final NDManager manager;
  private final ModelConfig config;
  private final UNet3d unet;
  private final WhisperEncoder whisper;
  private final List<LatentClip> clips;
  private final NDArray keep;
  private final DiffusionOptions options;
  private final float[] alphas = SchedulerConfig.STABLE_DIFFUSION.alphasCumprod();

  /**
   * An objective over clips in memory.
   *
   * @param manager owner of the clips; not closed
   * @param keep the latents' share of the mask, [h,w]
   */
  DiffusionObjective(
      NDManager manager,
      ModelConfig config,
      List<LatentClip> clips,
      NDArray keep,
      DiffusionOptions options) {
    this.manager = manager.newSubManager();
    this.config = config;
    this.unet = UNet3d.trainable(config.unet(), Device.cpu());
    this.whisper = WhisperEncoder.trainable(config.whisper(), Device.cpu());
    this.clips = List.copyOf(clips);
    this.keep = keep;
    this.options = options;
  }

  @Override
  public SortedMap<String, long[]> weights() {
    SortedMap<String, long[]> weights = new TreeMap<>();
    config.learntUnet().forEach((name, shape) -> weights.put(UNET + name, shape));
    config.learntWhisper().forEach((name, shape) -> weights.put(WHISPER + name, shape));
    if (options.openingWeight() > 0) {
      weights.put(OPENING_WEIGHT, new long[] {1, featuresOfFrame()});
      weights.put(OPENING_BIAS, new long[] {1});
    }
    return weights;
  }

  private long featuresOfFrame() {
    return (long) FeatureWindows.FRAME_ROWS
        * (config.whisper().audioLayers() + 1)
        * config.whisper().audioState();
  }

  @Override
  public NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) {
    unet.weights(config.withUnetTables(step, under(UNET, weights)));
    whisper.weights(config.withWhisperTables(step, under(WHISPER, weights)));

    int chunks = options.clips() * options.chunks(); // b
    int frames = options.frames(); // f
    NDList conditions = new NDList();
    NDList speech = new NDList();
    NDList openings = new NDList();
    NDList noises = new NDList();
    NDList noisy = new NDList();
    NDArray openingError = step.create(0f);
    long[] timesteps = new long[chunks];
    for (int i = 0; i < options.clips(); i++) {
      LatentClip clip = clips.get(random.nextInt(clips.size()));
      NDArray hidden = whisper.hiddenStates(borrow(step, clip.mel())); // [1500,L+1,d]
      for (int j = 0; j < options.chunks(); j++) {
        ChunkPlan plan = ChunkPlan.draw(random, clip.frames(), frames);
        NDArray target = clip.whole().sample(step, random, plan.target(), frames);
        NDArray masked = clip.masked().sample(step, random, plan.target(), frames);
        NDArray reference = clip.whole().sample(step, random, plan.reference(), frames);
        NDArray mask = borrow(step, keep).broadcast(maskShape(target.getShape()));
        conditions.add(NDArrays.concat(new NDList(mask, masked, reference), 1));

        int timestep = random.nextInt(alphas.length);
        timesteps[noises.size()] = timestep;
        NDArray noise = noise(step, random, target.getShape());
        noises.add(noise);
        noisy.add(
            target
                .mul((float) Math.sqrt(alphas[timestep]))
                .add(noise.mul((float) Math.sqrt(1 - alphas[timestep]))));

        NDArray features = features(step, hidden, clip.samples(), plan.target()); // [f,10(L+1),d]
        if (options.openingWeight() > 0) {
          openings.add(
              openingError(
                  weights,
                  features,
                  clip.opening()
                      .get(step, new NDIndex("{}:{}", plan.target(), plan.target() + frames))));
        }
        boolean silent = random.nextDouble() < options.silence();
        speech.add(silent ? features.zerosLike() : features);
      }
    }
    NDArray sample =
        NDArrays.concat(new NDList(batch(noisy), batch(conditions)), 1); // [b,13,f,h,w]
    NDArray prediction = unet.predictNoise(sample, timesteps, batch(speech));
    NDArray error = prediction.sub(batch(noises)).square();
    NDArray weight = keep(step); // [h,w]
    NDArray loss = error.mul(weight).mean().div(weight.mean());
    for (NDArray opening : openings) {
      openingError = openingError.add(opening.mul((float) options.openingWeight() / chunks));
    }
    return loss.add(openingError);
  }

  /** DJL makes a copy of a single array, which no gradient gets through. */
  private static NDArray batch(NDList arrays) {
    return arrays.size() == 1 ? arrays.get(0) : NDArrays.concat(arrays);
  }

  private static Shape maskShape(Shape latents) {
    return new Shape(1, 1, latents.get(2), latents.get(3), latents.get(4));
  }

  /** 1 where the mask hides the face, the kept weight where it shows it. */
  private NDArray keep(NDManager step) {
    return borrow(step, keep).mul((float) options.keptWeight() - 1).add(1);
  }

  private NDArray openingError(Map<String, NDArray> weights, NDArray features, NDArray opening) {
    NDArray told =
        features
            .reshape(options.frames(), featuresOfFrame())
            .matMul(weights.get(OPENING_WEIGHT).transpose())
            .add(weights.get(OPENING_BIAS));
    return told.sub(opening).square().mean();
  }

  /** [1,4,f,h,w] of variance 1. */
  private NDArray noise(NDManager step, Random random, Shape shape) {
    Shape one = new Shape(1, shape.get(1), 1, shape.get(3), shape.get(4));
    NDArray shared = Gaussian.of(step, random, one).broadcast(shape);
    double share = options.sharedNoise();
    return share == 1
        ? shared
        : shared
            .mul((float) Math.sqrt(share))
            .add(Gaussian.of(step, random, shape).mul((float) Math.sqrt(1 - share)));
  }

  /**
   * The rows that the frames hear, as {@code WhisperFeatures} chooses them. A product with zeros
   * and ones, because gathering rows would sum their gradients in whatever order threads come.
   */
  private NDArray features(NDManager step, NDArray hidden, long samples, int first) {
    FeatureWindows windows = new FeatureWindows(samples);
    long all = hidden.getShape().get(0);
    float[] choice = new float[options.frames() * FeatureWindows.FRAME_ROWS * (int) all];
    int at = 0;
    for (int i = 0; i < options.frames(); i++) {
      for (long row : windows.rowsOf((long) first + i)) {
        choice[at + (int) row] = 1;
        at += (int) all;
      }
    }
    long states = hidden.getShape().get(1);
    long width = hidden.getShape().get(2);
    return step.create(choice, new Shape((long) options.frames() * FeatureWindows.FRAME_ROWS, all))
        .matMul(hidden.reshape(all, states * width))
        .reshape(options.frames(), FeatureWindows.FRAME_ROWS * states, width);
  }

  private static NDArray borrow(NDManager scope, NDArray array) {
    return array.get(scope, new NDIndex("..."));
  }

  /** The tensors under a prefix, without it. */
  static <T> SortedMap<String, T> under(String prefix, Map<String, T> all) {
    SortedMap<String, T> inside = new TreeMap<>();
    all.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            inside.put(name.substring(prefix.length()), value);
          }
        });
    return inside;
  }

  /** The denoiser's share of the weights. */
  static <T> SortedMap<String, T> unetOf(Map<String, T> weights) {
    return under(UNET, weights);
  }

  /** The audio encoder's share of the weights. */
  static <T> SortedMap<String, T> whisperOf(Map<String, T> weights) {
    return under(WHISPER, weights);
  }

  @Override
  public void close() {
    unet.close();
    whisper.close();
    manager.close();
  }
}
