package io.latentsync.nn.networks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointFit;
import io.latentsync.nn.checkpoint.FiniteWeights;
import io.latentsync.nn.torch.GradientCheckpoints;
import io.latentsync.nn.torch.NetworkSpec;
import io.latentsync.nn.torch.TorchProgram;
import java.util.Map;

/**
 * The denoising network of LatentSync: a Stable Diffusion UNet whose convolutions process each
 * frame separately. It has cross-attention to the speech, and motion modules with attention between
 * the frames.
 *
 * <p>Thread-safe. Results have the element type of the sample, for any type of the weights, and
 * belong to the sample's manager.
 */
public final class UNet3d implements AutoCloseable {
  private static final String STATE_DICT = "state_dict";

  private final UNet3dConfig config;
  private final TorchProgram program;

  private UNet3d(UNet3dConfig config, TorchProgram program) {
    this.config = config;
    this.program = program;
  }

  /**
   * The result of a full pass.
   *
   * @param output [b,4,f,h,w], as {@link #predict}
   * @param deepFeatures [b,c,f,h,w], the input of the last layer of the last up block, before the
   *     concatenation; of the weights' element type
   */
  public record Prediction(NDArray output, NDArray deepFeatures) {}

  /**
   * Loads the weights, one tensor after the other.
   *
   * @param checkpoint the published layout, with the weights under {@code state_dict}, or a bare
   *     state dict; it may be closed afterwards
   * @param dataType type of weights and arithmetic: FLOAT32, FLOAT16 or BFLOAT16
   * @throws CheckpointException if the checkpoint does not fit the config or cannot be read
   */
  public static UNet3d load(
      UNet3dConfig config, Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    requireFit(config, checkpoint);
    return new UNet3d(
        config, TorchProgram.load(spec(config), stateDict(checkpoint), device, dataType));
  }

  /**
   * Checks that a checkpoint, in either layout, has all tensors of the network.
   *
   * @throws CheckpointException if it does not fit the config
   */
  public static void requireFit(UNet3dConfig config, Checkpoint checkpoint)
      throws CheckpointException {
    CheckpointFit.require(stateDict(checkpoint), config.tensors(), name -> false);
  }

  /**
   * Checks that all weights are finite in an element type.
   *
   * @throws CheckpointException if a weight is not finite or a tensor is missing; the message names
   *     the tensor
   */
  public static void requireFinite(UNet3dConfig config, Checkpoint checkpoint, DataType dataType)
      throws CheckpointException {
    FiniteWeights.require(stateDict(checkpoint), config.tensors().keySet(), dataType);
  }

  private static Checkpoint stateDict(Checkpoint checkpoint) {
    boolean published =
        checkpoint.tensors().keySet().stream().anyMatch(name -> name.startsWith(STATE_DICT + "."));
    return published ? checkpoint.section(STATE_DICT) : checkpoint;
  }

  /**
   * Creates a network for training: FLOAT32, with differentiable results, and without weights
   * before the first call of {@link #weights}.
   */
  public static UNet3d trainable(UNet3dConfig config, Device device) {
    return new UNet3d(config, TorchProgram.differentiable(spec(config), device));
  }

  private static NetworkSpec spec(UNet3dConfig config) {
    return new NetworkSpec(
        "unet",
        "UNet3d",
        Map.of(
            "levels", config.levels(),
            "layers", config.layersPerBlock(),
            "groups", config.normNumGroups(),
            "heads", config.attentionHeads(),
            "motion_heads", config.motion().map(UNet3dConfig.Motion::heads).orElse(1),
            "eps", config.normEps()),
        config.tensors());
  }

  /**
   * Replaces the weights of a network that {@link #trainable} created. The arrays are not copied,
   * so gradients are computed for them.
   *
   * @param weights FLOAT32 arrays by name, with the shapes of {@link UNet3dConfig#tensors}
   * @throws IllegalArgumentException if names or shapes differ
   */
  public void weights(Map<String, NDArray> weights) {
    program.weights(weights);
  }

  /** The network's sizes. */
  public UNet3dConfig config() {
    return config;
  }

  /** Element type of weights and arithmetic. */
  public DataType dataType() {
    return program.dataType();
  }

  /**
   * Predicts the noise in a sample, or another quantity that the network was trained to predict
   * ({@code io.latentsync.diffusion.PredictionType}).
   *
   * @param sample [b,13,f,h,w]: noisy latents, mask, masked latents, reference latents
   * @param timestep 0…999, the same for the whole batch
   * @param audio [b·f,t,d], the speech around each frame
   * @return [b,4,f,h,w]
   * @throws IllegalArgumentException if a shape does not fit the config
   */
  public NDArray predict(NDArray sample, long timestep, NDArray audio) {
    return predict(sample, new long[] {timestep}, audio);
  }

  /**
   * Predicts for samples at different timesteps.
   *
   * @param timesteps one for the whole batch, or b of them, each 0…999
   */
  public NDArray predict(NDArray sample, long[] timesteps, NDArray audio) {
    try (NDManager scope = sample.getManager().newSubManager()) {
      return predict(sample, scope.create(timesteps), audio);
    }
  }

  /**
   * Predicts with timesteps that are already on the device.
   *
   * @param timesteps [1] or [b], of any type that holds 0…999
   */
  public NDArray predict(NDArray sample, NDArray timesteps, NDArray audio) {
    return run("forward", sample, timesteps, audio).singletonOrThrow();
  }

  /** Like {@link #predict}, and also returns the features that {@link #predictShallow} needs. */
  public Prediction predictKeeping(NDArray sample, NDArray timesteps, NDArray audio) {
    NDList results = run("forward_keeping", sample, timesteps, audio);
    return new Prediction(results.get(0), results.get(1));
  }

  /**
   * The short pass of DeepCache (Ma et al., 2023; branch 0): only the first convolution and the
   * last layer of the last up block process the sample.
   *
   * @param deepFeatures the deep features of a full pass on the same chunk at an earlier step
   */
  public NDArray predictShallow(
      NDArray sample, NDArray timesteps, NDArray audio, NDArray deepFeatures) {
    Shape given = deepFeatures.getShape();
    Shape shape = sample.getShape();
    if (given.dimension() != 5
        || given.get(0) != shape.get(0)
        || !given.slice(2).equals(shape.slice(2))) {
      throw new IllegalArgumentException(
          "deep features are "
              + given
              + "; the sample is "
              + shape
              + " and has another batch or size");
    }
    return run("forward_shallow", sample, timesteps, audio, deepFeatures).singletonOrThrow();
  }

  /**
   * Like {@link #predict}, with gradient checkpoints before each layer.
   *
   * @param checkpoints compute the gradients; sample and audio are constants or {@linkplain
   *     GradientCheckpoints#boundary boundaries}
   */
  public NDArray predict(
      GradientCheckpoints checkpoints, NDArray sample, long[] timesteps, NDArray audio) {
    requireFit(sample.getShape(), audio.getShape());
    requireTimesteps(timesteps.length, sample.getShape());
    return new CheckpointedUNet(config, program, checkpoints)
        .predict(sample, sample.getManager().create(timesteps), audio);
  }

  private NDList run(
      String method, NDArray sample, NDArray timesteps, NDArray audio, NDArray... more) {
    requireFit(sample.getShape(), audio.getShape());
    requireTimesteps(timesteps.size(), sample.getShape());
    NDArray[] inputs = new NDArray[3 + more.length];
    inputs[0] = sample;
    inputs[1] = timesteps;
    inputs[2] = audio;
    System.arraycopy(more, 0, inputs, 3, more.length);
    return program.call(sample.getManager(), method, inputs);
  }

  private static void requireTimesteps(long given, Shape sample) {
    if (given != 1 && given != sample.get(0)) {
      throw new IllegalArgumentException(given + " timesteps were given for a sample " + sample);
    }
  }

  private void requireFit(Shape sample, Shape audio) {
    if (sample.dimension() != 5 || sample.get(1) != config.inChannels()) {
      throw new IllegalArgumentException(
          "sample is %s; the network needs [b,%d,f,h,w]".formatted(sample, config.inChannels()));
    }
    if (sample.get(2) > config.maxFrames()) {
      throw new IllegalArgumentException(
          "a chunk of %d frames is too long; the motion modules support at most %d frames per chunk"
              .formatted(sample.get(2), config.maxFrames()));
    }
    long frames = sample.get(0) * sample.get(2);
    if (audio.dimension() != 3
        || audio.get(0) != frames
        || audio.get(2) != config.crossAttentionDim()) {
      throw new IllegalArgumentException(
          "audio is %s; for a sample %s the network needs [%d,t,%d]"
              .formatted(audio, sample, frames, config.crossAttentionDim()));
    }
  }

  /** Frees the weights. No other call may run at the same time. */
  @Override
  public void close() {
    program.close();
  }
}
