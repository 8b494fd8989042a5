package io.latentsync.train.objective;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.PowerSpectrum;
import io.latentsync.diffusion.SchedulerConfig;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.torch.GradientCheckpoints;
import io.latentsync.time.FrameRate;
import io.latentsync.train.data.Gaussian;
import io.latentsync.train.data.LatentClip;
import io.latentsync.train.data.SpeechWindow;
import io.latentsync.train.data.Spoken;
import io.latentsync.train.data.SpokenSentence;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Trains the denoiser, together with the audio encoder, to predict the clean latents of a chunk
 * from noisy ones (Ho et al., "Denoising diffusion probabilistic models", 2020; Li et al.,
 * "LatentSync", 2024). The published network predicts the noise. That needs an output whose scale
 * depends on the timestep, which a small network learns badly.
 *
 * <p>As when dubbing, masked and reference frames come from the source, which shows other mouths
 * than the target. So the network cannot copy a mouth.
 *
 * <p>The audio encoder is also trained on sentences without faces; the loss of their predictions
 * covers the mouths alone.
 *
 * <p>Each step makes two predictions per chunk. The first is from the noisiest timesteps, where
 * only the speech and the reference determine the picture. The second is from the first prediction
 * with noise of any timestep, as in sampling: a network that is trained on true latents alone
 * amplifies its own errors (Ning et al., "Input perturbation reduces exposure bias in diffusion
 * models", 2023).
 */
public final class DiffusionObjective implements Objective {
  private static final String UNET = "unet.";

  /** The first prediction uses the noisiest of this many equal parts of the timesteps. */
  private static final int NOISIEST_SHARE = 10;

  /**
   * Transition of the pseudo-Huber loss: smaller errors are weighted by their square, larger ones
   * by their size.
   */
  private static final float ROUND = 0.1f;

  private static final long SAMPLES_PER_ROW = 2L * PowerSpectrum.HOP;

  private final NDManager manager;
  private final NetworkConfigs config;
  private final UNet3d unet;
  private final AudioObjective audio;
  private final List<List<? extends Spoken>> spoken;
  private final NDArray keep;
  private final NDArray importance;
  private final DiffusionOptions options;
  private final GradientCheckpoints checkpoints = new GradientCheckpoints();
  private final float[] alphas = SchedulerConfig.STABLE_DIFFUSION.alphasCumprod();

  /**
   * An objective over clips in memory.
   *
   * @param manager owner of clips and sentences; not closed
   * @param sentences speeches that only the audio encoder is trained on; may be empty
   * @param keep the mask at the resolution of the latents, [h,w]; 1 keeps a latent
   * @throws IllegalArgumentException if a clip has fewer faces than a chunk
   */
  public DiffusionObjective(
      NDManager manager,
      NetworkConfigs config,
      List<LatentClip> clips,
      List<SpokenSentence> sentences,
      NDArray keep,
      DiffusionOptions options)
      throws InvalidInputException {
    for (LatentClip clip : clips) {
      if (clip.shown() < options.frames()) {
        throw new InvalidInputException(
            "--frames: a clip with %d faces is too short for chunks of %d"
                .formatted(clip.shown(), options.frames()));
      }
    }
    this.manager = manager.newSubManager();
    this.config = config;
    this.unet = UNet3d.trainable(config.unet(), Device.cpu());
    // Two clips for each sentence, as only clips train the denoiser.
    this.spoken = List.of(clips, clips, sentences);
    this.audio = new AudioObjective(config, spoken);
    this.keep = keep;
    this.options = options;
    this.importance = importance(this.manager, clips, keep, options.keptWeight());
  }

  @Override
  public SortedMap<String, long[]> weights() {
    SortedMap<String, long[]> weights = new TreeMap<>();
    config.learntUnet().forEach((name, shape) -> weights.put(UNET + name, shape));
    weights.putAll(audio.weights());
    return weights;
  }

  @Override
  public NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) {
    unet.weights(config.withUnetTables(step, unetOf(weights)));
    SpeechWindow window = SpeechWindow.sample(random, spoken);
    NDArray hidden = boundary(audio.hiddenStates(step, weights, random, window)); // [1500,L+1,d]
    Chunks chunks = sample(step, random, window, hidden);

    long[] noisiest = timesteps(random, alphas.length - alphas.length / NOISIEST_SHARE);
    NDArray first = denoise(chunks, chunks.faces(), noisiest);
    NDArray second = denoise(chunks, first.stopGradient(), timesteps(random, 0));

    NDArray loss = error(step, first, chunks).add(error(step, second, chunks)).div(2);
    NDArray mouthError = audio.error(weights, hidden, window.mouths(step));
    return loss.add(mouthError.mul((float) options.mouthWeight()));
  }

  /**
   * The data of a step.
   *
   * @param faces the clean latents, [b,4,f,h,w]
   * @param noise [b,4,f,h,w]
   * @param conditions mask, masked and reference latents, [b,9,f,h,w]
   * @param speech [b·f,rows(L+1),d]
   */
  private record Chunks(NDArray faces, NDArray noise, NDArray conditions, NDArray speech) {}

  private Chunks sample(NDManager step, Random random, SpeechWindow window, NDArray hidden) {
    int frames = options.frames(); // f
    List<SpeechWindow.Part<LatentClip>> shown = window.faces();
    NDList faces = new NDList();
    NDList noises = new NDList();
    NDList conditions = new NDList();
    NDList speech = new NDList();
    for (int i = 0; i < options.chunks(); i++) {
      SpeechWindow.Part<LatentClip> part = shown.get(random.nextInt(shown.size()));
      LatentClip clip = part.spoken();
      int first = random.nextInt(clip.shown() - frames + 1);
      NDArray face = clip.faces().sample(step, random, first, frames);
      NDArray masked = clip.masked().sample(step, random, first, frames);
      NDArray reference = clip.sources().sample(step, random, first, frames);
      NDArray mask = borrow(step, keep).broadcast(maskShape(face.getShape()));
      faces.add(face);
      noises.add(noise(step, random, face.getShape()));
      conditions.add(NDArrays.concat(new NDList(mask, masked, reference), 1));
      NDArray features =
          features(step, hidden, part.start() + clip.first() + first); // [f,rows(L+1),d]
      boolean silent = random.nextDouble() < options.silence();
      speech.add(silent ? features.zerosLike() : features);
    }
    return new Chunks(batch(faces), batch(noises), batch(conditions), boundary(batch(speech)));
  }

  private long[] timesteps(Random random, int from) {
    return random.longs(options.chunks(), from, alphas.length).toArray();
  }

  /**
   * The denoiser's prediction, [b,4,f,h,w], from latents with the chunks' noise.
   *
   * @param latents [b,4,f,h,w]
   * @param timesteps one for each chunk, [b]
   */
  private NDArray denoise(Chunks chunks, NDArray latents, long[] timesteps) {
    float[] signal = new float[timesteps.length];
    float[] rest = new float[timesteps.length];
    for (int i = 0; i < timesteps.length; i++) {
      signal[i] = (float) Math.sqrt(alphas[(int) timesteps[i]]);
      rest[i] = (float) Math.sqrt(1 - alphas[(int) timesteps[i]]);
    }
    Shape ofChunks = new Shape(timesteps.length, 1, 1, 1, 1);
    NDManager step = latents.getManager();
    NDArray noisy =
        latents
            .mul(step.create(signal, ofChunks))
            .add(chunks.noise().mul(step.create(rest, ofChunks)));
    NDArray sample = NDArrays.concat(new NDList(noisy, chunks.conditions()), 1); // [b,13,f,h,w]
    return options.checkpointing()
        ? unet.predict(checkpoints, sample, timesteps, chunks.speech())
        : unet.predict(sample, timesteps, chunks.speech());
  }

  private NDArray boundary(NDArray array) {
    return options.checkpointing() ? checkpoints.boundary(array) : array;
  }

  @Override
  public void backward(GradientCollector collector, NDArray loss) {
    if (options.checkpointing()) {
      checkpoints.backward(loss);
    } else {
      collector.backward(loss);
    }
  }

  /**
   * Mean pseudo-Huber distance, weighted by importance (Song and Dhariwal, "Improved techniques for
   * training consistency models", 2024). The squared error would be dominated by the mouth, where
   * errors are large, but a wrong shade of the whole chin is visible too.
   */
  private NDArray error(NDManager step, NDArray predicted, Chunks chunks) {
    NDArray weight = borrow(step, importance); // [h,w]
    NDArray distance = predicted.sub(chunks.faces()).square().add(ROUND * ROUND).sqrt().sub(ROUND);
    return distance.mul(weight).mean().div(weight.mean());
  }

  /** DJL copies a single array, and the copy passes no gradient. */
  private static NDArray batch(NDList arrays) {
    return arrays.size() == 1 ? arrays.get(0) : NDArrays.concat(arrays);
  }

  private static Shape maskShape(Shape latents) {
    return new Shape(1, 1, latents.get(2), latents.get(3), latents.get(4));
  }

  /**
   * The weight of each latent's error, [h,w]: {@code keptWeight} where the mask keeps the latent;
   * elsewhere it grows with the latent's motion in the clips and is 1 on average.
   */
  private static NDArray importance(
      NDManager manager, List<LatentClip> clips, NDArray keep, double keptWeight) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray motion = scope.zeros(keep.getShape());
      for (LatentClip clip : clips) {
        NDArray mean = borrow(scope, clip.faces().mean()); // [n,4,h,w]
        NDArray away = mean.sub(mean.mean(new int[] {0}, true));
        motion = motion.add(away.square().mean(new int[] {0}).mean(new int[] {0}));
      }
      NDArray shown = borrow(scope, keep);
      NDArray hidden = shown.mul(-1).add(1);
      NDArray relative = motion.mul(hidden.sum()).div(motion.mul(hidden).sum());
      NDArray importance = shown.mul((float) keptWeight).add(hidden.mul(relative.add(1).mul(0.5f)));
      importance.attach(manager);
      return importance;
    }
  }

  /** Noise [1,4,f,h,w] of variance 1. */
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
   * The audio features of the frames, as {@code WhisperFeatures} selects them. Rows are selected by
   * a product with a 0/1 matrix, because the gradient of a gather sums in an order that depends on
   * threads. The matrix is aligned in memory, because the order of sums in a product may depend on
   * the alignment.
   */
  private NDArray features(NDManager step, NDArray hidden, int first) {
    long all = hidden.getShape().get(0);
    FeatureWindows windows =
        new FeatureWindows(all * SAMPLES_PER_ROW, FrameRate.REFERENCE, config.context());
    int rows = config.context().rows();
    float[] choice = new float[options.frames() * rows * (int) all];
    int at = 0;
    for (int i = 0; i < options.frames(); i++) {
      for (long row : windows.rowsOf((long) first + i)) {
        choice[at + (int) row] = 1;
        at += (int) all;
      }
    }
    long states = hidden.getShape().get(1);
    long width = hidden.getShape().get(2);
    Shape shape = new Shape((long) options.frames() * rows, all);
    return TorchArrays.of(step, choice, shape)
        .matMul(hidden.reshape(all, states * width))
        .reshape(options.frames(), rows * states, width);
  }

  private static NDArray borrow(NDManager scope, NDArray array) {
    return array.get(scope, new NDIndex("..."));
  }

  /** The denoiser's weights, without prefix. */
  public static <T> SortedMap<String, T> unetOf(Map<String, T> weights) {
    return Objective.under(UNET, weights);
  }

  @Override
  public void close() {
    unet.close();
    audio.close();
    manager.close();
  }
}
