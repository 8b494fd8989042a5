package io.latentsync.nn.networks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.CheckpointFit;
import io.latentsync.nn.checkpoint.FiniteWeights;
import io.latentsync.nn.torch.NetworkSpec;
import io.latentsync.nn.torch.TorchProgram;
import java.util.Map;

/**
 * The audio encoder of Whisper (Radford et al., 2022). LatentSync uses its hidden states.
 *
 * <p>Thread-safe. Results have the element type of the input, for any type of the weights, and
 * belong to the input's manager.
 */
public final class WhisperEncoder implements AutoCloseable {
  private static final String STATE_DICT = "model_state_dict";
  private static final String ENCODER = "encoder.";

  private final WhisperConfig config;
  private final TorchProgram program;

  private WhisperEncoder(WhisperConfig config, TorchProgram program) {
    this.config = config;
    this.program = program;
  }

  /**
   * Loads the encoder's weights, one tensor after the other. The decoder's weights are not read.
   *
   * @param checkpoint the published layout: {@code dims} and {@code model_state_dict}; it may be
   *     closed afterwards
   * @param dataType type of weights and arithmetic: FLOAT32, FLOAT16 or BFLOAT16
   * @throws CheckpointException if the tensors do not fit the dims or cannot be read
   */
  public static WhisperEncoder load(Checkpoint checkpoint, Device device, DataType dataType)
      throws CheckpointException {
    WhisperConfig config = requireFit(checkpoint);
    return new WhisperEncoder(
        config, TorchProgram.load(spec(config), checkpoint.section(STATE_DICT), device, dataType));
  }

  /**
   * Checks that a checkpoint has all tensors of the encoder.
   *
   * @return its sizes
   * @throws CheckpointException if the tensors do not fit the dims
   */
  public static WhisperConfig requireFit(Checkpoint checkpoint) throws CheckpointException {
    WhisperConfig config = WhisperConfig.of(checkpoint);
    CheckpointFit.require(
        checkpoint.section(STATE_DICT), config.tensors(), name -> !name.startsWith(ENCODER));
    return config;
  }

  /**
   * Checks that all weights are finite in an element type.
   *
   * @throws CheckpointException if a weight is not finite or a tensor is missing; the message names
   *     the tensor
   */
  public static void requireFinite(WhisperConfig config, Checkpoint checkpoint)
      throws CheckpointException {
    FiniteWeights.require(
        checkpoint.section(STATE_DICT), config.tensors().keySet(), DataType.FLOAT32);
  }

  /**
   * Creates a network for training: FLOAT32, with differentiable results, and without weights
   * before the first call of {@link #weights}.
   */
  public static WhisperEncoder trainable(WhisperConfig config, Device device) {
    return new WhisperEncoder(config, TorchProgram.differentiable(spec(config), device));
  }

  private static NetworkSpec spec(WhisperConfig config) {
    return new NetworkSpec(
        "whisper",
        "WhisperEncoder",
        Map.of("layers", config.audioLayers(), "heads", config.audioHeads()),
        config.tensors());
  }

  /**
   * Replaces the weights of a network that {@link #trainable} created. The arrays are not copied,
   * so gradients are computed for them.
   *
   * @param weights FLOAT32 arrays by name, with the shapes of {@link WhisperConfig#tensors}
   * @throws IllegalArgumentException if names or shapes differ
   */
  public void weights(Map<String, NDArray> weights) {
    program.weights(weights);
  }

  /** The network's sizes. */
  public WhisperConfig config() {
    return config;
  }

  /**
   * The hidden states of a window of 30 s: the input of the first block and the output of each
   * block. The layer norm after the last block is not applied.
   *
   * @param mel [1,80,3000], log-mel columns of 10 ms
   * @return [1500,L+1,d]: rows of 20 ms, L blocks, width d
   * @throws IllegalArgumentException if the shape does not fit
   */
  public NDArray hiddenStates(NDArray mel) {
    Shape expected = new Shape(1, config.mels(), 2L * config.audioContext());
    if (!mel.getShape().equals(expected)) {
      throw new IllegalArgumentException(
          "mel is " + mel.getShape() + "; the encoder needs " + expected);
    }
    return program.call(mel.getManager(), "hidden_states", mel).singletonOrThrow();
  }

  /** Frees the weights. No other call may run at the same time. */
  @Override
  public void close() {
    program.close();
  }
}
