package io.latentsync.nn.networks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.memory.NativeMemoryException;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointFit;
import io.latentsync.nn.checkpoint.FiniteWeights;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.nn.torch.GradientCheckpoints;
import io.latentsync.nn.torch.NetworkSpec;
import io.latentsync.nn.torch.TorchProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The variational autoencoder of Stable Diffusion, which maps pictures to latents and back
 * (diffusers' {@code AutoencoderKL}). Each call of the network processes the same number of
 * pictures; the last call is padded. So all calls have the same shape, and a picture's result does
 * not depend on the other pictures. (With more than one picture per call, this holds if the
 * device's kernels compute pictures independently.) The memory use is that of one call.
 *
 * <p>Thread-safe. Results have the element type of the input, for any type of the weights, and
 * belong to the input's manager.
 */
public final class AutoencoderKl implements AutoCloseable {
  private static final Pattern ATTENTION_LAYER =
      Pattern.compile("(.*\\.mid_block\\.attentions\\.0)\\.(to_q|to_k|to_v|to_out\\.0)\\.(.*)");

  /** Names of an attention's layers in diffusers before version 0.18. */
  private static final Map<String, String> OLDER_NAMES =
      Map.of("to_q", "query", "to_k", "key", "to_v", "value", "to_out.0", "proj_attn");

  private static final long[] NOWHERE = {};

  private static final Logger LOG = LoggerFactory.getLogger(AutoencoderKl.class);

  private final AutoencoderKlConfig config;
  private final TorchProgram program;
  private volatile int picturesPerCall;

  private AutoencoderKl(AutoencoderKlConfig config, TorchProgram program, int picturesPerCall) {
    this.config = config;
    this.program = program;
    this.picturesPerCall = picturesPerCall;
  }

  /**
   * The distribution of a picture's latents.
   *
   * @param mean [n,4,h,w]
   * @param logvar [n,4,h,w], logarithm of the variance, clamped to −30…20
   */
  public record Posterior(NDArray mean, NDArray logvar) {}

  /**
   * Loads the weights for one picture per call.
   *
   * @see #load(AutoencoderKlConfig, Checkpoint, Device, DataType, int)
   */
  public static AutoencoderKl load(
      AutoencoderKlConfig config, Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    return load(config, checkpoint, device, dataType, 1);
  }

  /**
   * Loads the weights, one tensor after the other.
   *
   * @param checkpoint a state dict with the old or the new names of the attention layers, whose
   *     linear weights may be stored as 1×1 convolutions; it may be closed afterwards
   * @param dataType type of weights and arithmetic: FLOAT32, FLOAT16 or BFLOAT16
   * @param picturesPerCall at least 1; halved if there is not enough memory
   * @throws CheckpointException if the checkpoint does not fit the config or cannot be read
   */
  public static AutoencoderKl load(
      AutoencoderKlConfig config,
      Checkpoint checkpoint,
      Device device,
      DataType dataType,
      int picturesPerCall)
      throws CheckpointException {
    requireFit(config, checkpoint);
    TorchProgram program =
        TorchProgram.load(spec(config), checkpoint, nameInFile(checkpoint), device, dataType);
    return new AutoencoderKl(config, program, picturesPerCall);
  }

  /**
   * Checks that a checkpoint, with old or new names, has all tensors of the network.
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
   * Checks that all weights are finite in an element type.
   *
   * @throws CheckpointException if a weight is not finite or a tensor is missing; the message names
   *     the tensor
   */
  public static void requireFinite(
      AutoencoderKlConfig config, Checkpoint checkpoint, DataType dataType)
      throws CheckpointException {
    List<String> names = config.tensors().keySet().stream().map(nameInFile(checkpoint)).toList();
    FiniteWeights.require(checkpoint, names, dataType);
  }

  /** The names of the network's tensors in a checkpoint that has the old or the new names. */
  public static UnaryOperator<String> nameInFile(Checkpoint checkpoint) {
    SortedMap<String, TensorInfo> present = checkpoint.tensors();
    return name -> present.containsKey(olderName(name)) ? olderName(name) : name;
  }

  /**
   * Creates a network for training: FLOAT32, with differentiable results, and without weights
   * before the first call of {@link #weights}.
   */
  public static AutoencoderKl trainable(AutoencoderKlConfig config, Device device) {
    return new AutoencoderKl(config, TorchProgram.differentiable(spec(config), device), 1);
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
   * Replaces the weights of a network that {@link #trainable} created. The arrays are not copied,
   * so gradients are computed for them.
   *
   * @param weights FLOAT32 arrays by name, with the shapes of {@link AutoencoderKlConfig#tensors}
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

  /** Whether a tensor is the weight of a 1×1 convolution that is equivalent to a linear layer. */
  private static boolean isConvolutionOf(TensorInfo info, long[] linear) {
    return info != null
        && linear.length == 2
        && Arrays.equals(info.shape(), new long[] {linear[0], linear[1], 1, 1});
  }

  /** The network's sizes. */
  public AutoencoderKlConfig config() {
    return config;
  }

  /** The number of pictures that are processed in one call. */
  public int picturesPerCall() {
    return picturesPerCall;
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
    NDList moments = inCalls("encode", images);
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
    requireLatents(latents.getShape());
    return inCalls("decode", latents).singletonOrThrow();
  }

  /**
   * Like {@link #decode}, picture by picture, with gradient checkpoints before each layer.
   *
   * @param checkpoints compute the gradients of the weights; the latents get none
   */
  public NDArray decode(GradientCheckpoints checkpoints, NDArray latents) {
    requireLatents(latents.getShape());
    long count = latents.getShape().get(0);
    if (count == 1) {
      return decodeOne(checkpoints, latents);
    }
    NDList pictures = new NDList();
    for (long i = 0; i < count; i++) {
      NDArray one = latents.get(new NDIndex("{}:{}", i, i + 1));
      pictures.add(decodeOne(checkpoints, one));
    }
    return NDArrays.concat(pictures);
  }

  private NDArray decodeOne(GradientCheckpoints checkpoints, NDArray latents) {
    NDArray x = program.callPart(checkpoints, "decode_start", NOWHERE, latents);
    for (int i = 0; i < config.levels(); i++) {
      String upsampler = "decoder.up_blocks." + i + ".upsamplers.0.conv.weight";
      int residual = config.layersPerBlock() + 1;
      int layers = config.tensors().containsKey(upsampler) ? residual + 1 : residual;
      for (int j = 0; j < layers; j++) {
        x = program.callPart(checkpoints, "decode_layer", new long[] {i, j}, x);
      }
    }
    return program.callPart(checkpoints, "decode_end", NOWHERE, x);
  }

  private void requireLatents(Shape shape) {
    if (shape.dimension() != 4 || shape.get(0) < 1 || shape.get(1) != config.latentChannels()) {
      throw new IllegalArgumentException(
          "latents are %s; the autoencoder needs [n,%d,h,w]"
              .formatted(shape, config.latentChannels()));
    }
  }

  /**
   * Applies a method to inputs [n,…] in several calls. The results belong to the inputs' manager.
   */
  private NDList inCalls(String method, NDArray inputs) {
    long count = inputs.getShape().get(0);
    try (NDManager scope = inputs.getManager().newSubManager()) {
      List<NDList> ofCalls = new ArrayList<>();
      for (long done = 0; done < count; ) {
        int size = picturesPerCall;
        try {
          long end = Math.min(done + size, count);
          NDArray some = inputs.get(scope, new NDIndex("{}:{}", done, end));
          ofCalls.add(inOneCall(method, some, size));
          done = end;
        } catch (RuntimeException | OutOfMemoryError e) {
          if (size == 1 || !NativeMemoryException.isCauseOf(e)) {
            throw e;
          }
          picturesPerCall = size / 2;
          LOG.warn(
              "not enough memory for {} pictures per call of the VAE; retrying with half as many",
              size);
        }
      }
      NDList results = joined(ofCalls);
      results.attach(inputs.getManager());
      return results;
    }
  }

  /** Applies a method to inputs that are padded to the size of a call. */
  private NDList inOneCall(String method, NDArray inputs, int size) {
    long given = inputs.getShape().get(0);
    if (given == size) {
      return program.call(inputs.getManager(), method, inputs);
    }
    NDArray filling = inputs.get("0:1").repeat(0, size - given);
    NDList results = program.call(inputs.getManager(), method, inputs.concat(filling));
    NDList ofInputs = new NDList();
    for (NDArray result : results) {
      ofInputs.add(result.get(new NDIndex("0:{}", given)));
    }
    return ofInputs;
  }

  private static NDList joined(List<NDList> ofCalls) {
    if (ofCalls.size() == 1) {
      return ofCalls.get(0);
    }
    NDList results = new NDList();
    for (int i = 0; i < ofCalls.get(0).size(); i++) {
      NDList parts = new NDList();
      for (NDList ofCall : ofCalls) {
        parts.add(ofCall.get(i));
      }
      results.add(NDArrays.concat(parts));
    }
    return results;
  }

  /** Frees the weights. No other call may run at the same time. */
  @Override
  public void close() {
    program.close();
  }
}
