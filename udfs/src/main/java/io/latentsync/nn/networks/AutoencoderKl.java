package io.latentsync.nn.networks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointFit;
import io.latentsync.nn.checkpoint.FiniteWeights;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.nn.torch.NetworkSpec;
import io.latentsync.nn.torch.TorchProgram;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The variational autoencoder of Stable Diffusion between pictures and latents (diffusers' {@code
 * AutoencoderKL}). Pictures are processed one at a time, so a picture's result does not depend on
 * its batch, and the memory is that of one picture.
 *
 * <p>Threads may share it. Results have the element type of the input and belong to its manager,
 * whatever the weights' type is.
 */
public final class AutoencoderKl implements AutoCloseable {
  private static final Pattern ATTENTION_LAYER =
      Pattern.compile("(.*\\.mid_block\\.attentions\\.0)\\.(to_q|to_k|to_v|to_out\\.0)\\.(.*)");

  /** Names of an attention's layers in diffusers before version 0.18. */
  private static final Map<String, String> OLDER_NAMES =
      Map.of("to_q", "query", "to_k", "key", "to_v", "value", "to_out.0", "proj_attn");

  private final AutoencoderKlConfig config;
  private final TorchProgram program;

  private AutoencoderKl(AutoencoderKlConfig config, TorchProgram program) {
    this.config = config;
    this.program = program;
  }

  /**
   * The distribution of a picture's latents.
   *
   * @param mean [n,4,h,w]
   * @param logvar [n,4,h,w], logarithm of the variance, clamped to −30…20
   */
  public record Posterior(NDArray mean, NDArray logvar) {}

  /**
   * Loads the weights, one tensor after the other.
   *
   * @param checkpoint a state dict in either naming of the attentions, whose linear weights may be
   *     stored as 1×1 convolutions; it may be closed afterwards
   * @param dataType type of weights and arithmetic: FLOAT32, FLOAT16 or BFLOAT16
   * @throws CheckpointException if the checkpoint does not fit the config or cannot be read
   */
  public static AutoencoderKl load(
      AutoencoderKlConfig config, Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    requireFit(config, checkpoint);
    return new AutoencoderKl(
        config,
        TorchProgram.load(spec(config), checkpoint, nameInFile(checkpoint), device, dataType));
  }

  /**
   * Passes if a checkpoint, in either naming, has all tensors of the network.
   *
   * @throws CheckpointException if it does not fit the config
   */
  public static void requireFit(AutoencoderKlConfig config, Checkpoint checkpoint)
      throws CheckpointException {
    UnaryOperator<String> nameInFile = nameInFile(checkpoint);
    SortedMap<String, long[]> expected = new TreeMap<>();
    config
        .tensors()
        .forEach(
            (name, shape) -> {
              TensorInfo info = checkpoint.tensors().get(nameInFile.apply(name));
              boolean convolution =
                  ATTENTION_LAYER.matcher(name).matches() && isConvolutionOf(info, shape);
              expected.put(nameInFile.apply(name), convolution ? info.shape() : shape);
            });
    CheckpointFit.require(checkpoint, expected, name -> false);
  }

  /**
   * Passes if all weights are finite in an element type.
   *
   * @throws CheckpointException naming the tensor otherwise, or if one is missing
   */
  public static void requireFinite(
      AutoencoderKlConfig config, Checkpoint checkpoint, DataType dataType)
      throws CheckpointException {
    List<String> names = config.tensors().keySet().stream().map(nameInFile(checkpoint)).toList();
    FiniteWeights.require(checkpoint, names, dataType);
  }

  private static UnaryOperator<String> nameInFile(Checkpoint checkpoint) {
    SortedMap<String, TensorInfo> present = checkpoint.tensors();
    return name -> present.containsKey(olderName(name)) ? olderName(name) : name;
  }

  /**
   * The network for training: without weights until {@link #weights} gives them, FLOAT32, and with
   * results that can be differentiated.
   */
  public static AutoencoderKl trainable(AutoencoderKlConfig config, Device device) {
    return new AutoencoderKl(config, TorchProgram.differentiable(spec(config), device));
  }

  private static NetworkSpec spec(AutoencoderKlConfig config) {
    return new NetworkSpec(
        "autoencoder",
        "AutoencoderKl",
        Map.of(
            "levels", config.levels(),
            "layers", config.layersPerBlock(),
            "groups", config.normNumGroups()),
        config.tensors());
  }

  /**
   * Replaces the weights of a network made by {@link #trainable}. The arrays are used, not copied,
   * and gradients reach them.
   *
   * @param weights FLOAT32, by name, of the shapes of {@link AutoencoderKlConfig#tensors}
   * @throws IllegalArgumentException if names or shapes differ
   */
  public void weights(Map<String, NDArray> weights) {
    program.weights(weights);
  }

  private static String olderName(String name) {
    Matcher layer = ATTENTION_LAYER.matcher(name);
    return layer.matches()
        ? layer.group(1) + "." + OLDER_NAMES.get(layer.group(2)) + "." + layer.group(3)
        : name;
  }

  /** Whether a tensor is a 1×1 convolution's weight with the values of a linear layer's. */
  private static boolean isConvolutionOf(TensorInfo info, long[] linear) {
    return info != null
        && linear.length == 2
        && Arrays.equals(info.shape(), new long[] {linear[0], linear[1], 1, 1});
  }

  /** The network's sizes. */
  public AutoencoderKlConfig config() {
    return config;
  }

  /** Element type of weights and arithmetic. */
  public DataType dataType() {
    return program.dataType();
  }

  /**
   * Encodes pictures.
   *
   * @param images [n,3,H,W] in −1…1; the sides are multiples of {@link
   *     AutoencoderKlConfig#downsampling()}
   * @throws IllegalArgumentException if the shape does not fit
   */
  public Posterior encode(NDArray images) {
    Shape shape = images.getShape();
    int factor = config.downsampling();
    if (shape.dimension() != 4
        || shape.get(0) < 1
        || shape.get(1) != config.inChannels()
        || shape.get(2) % factor != 0
        || shape.get(3) % factor != 0) {
      throw new IllegalArgumentException(
          "images are %s; the autoencoder needs [n,%d,H,W] with sides that are multiples of %d"
              .formatted(shape, config.inChannels(), factor));
    }
    NDList moments = program.call(images.getManager(), "encode", images);
    return new Posterior(moments.get(0), moments.get(1));
  }

  /**
   * Decodes latents.
   *
   * @param latents [n,4,h,w], already divided by {@link AutoencoderKlConfig#SCALING_FACTOR}
   * @return [n,3,8h,8w], about −1…1, not clamped
   * @throws IllegalArgumentException if the shape does not fit
   */
  public NDArray decode(NDArray latents) {
    Shape shape = latents.getShape();
    if (shape.dimension() != 4 || shape.get(0) < 1 || shape.get(1) != config.latentChannels()) {
      throw new IllegalArgumentException(
          "latents are %s; the autoencoder needs [n,%d,h,w]"
              .formatted(shape, config.latentChannels()));
    }
    return program.call(latents.getManager(), "decode", latents).singletonOrThrow();
  }

  /** Frees the weights. No call may be under way. */
  @Override
  public void close() {
    program.close();
  }
}
