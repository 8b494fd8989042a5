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
import io.latentsync.nn.torch.NumericCheck;
import io.latentsync.nn.torch.TorchProgram;
import io.latentsync.nn.torch.WrongNumbersException;
import java.util.Map;

/**
 * The network that scores whether lips and sound match (J. S. Chung and A. Zisserman, "Out of time:
 * automated lip sync in the wild", 2016): it maps 0.2 s of pictures or sound to an embedding.
 * Embeddings of matching lips and sound are close to each other. FLOAT32.
 *
 * <p>Thread-safe. Results belong to the input's manager.
 */
public final class SyncNet implements AutoCloseable {
  /** Side of the pictures. */
  public static final int SIDE = 224;

  /** Number of pictures per window. */
  public static final int PICTURES = 5;

  /** Number of MFCC columns per window. */
  public static final int COLUMNS = 20;

  private static final int COEFFICIENTS = 13;

  /** A counter that only training uses. It is ignored. */
  private static final String BATCHES = ".num_batches_tracked";

  private final SyncNetConfig config;
  private final TorchProgram program;

  private SyncNet(SyncNetConfig config, TorchProgram program) {
    this.config = config;
    this.program = program;
  }

  /**
   * Loads the weights.
   *
   * @param checkpoint a state dict with the names of the published {@code syncnet_v2.model} and any
   *     widths; it may be closed afterwards
   * @throws CheckpointException if it is not a SyncNet or cannot be read
   * @throws WrongNumbersException if the device computes one of its layers incorrectly
   */
  public static SyncNet load(Checkpoint checkpoint, Device device)
      throws CheckpointException, WrongNumbersException {
    SyncNetConfig config = requireFit(checkpoint);
    NumericCheck.require(config.kinds(), device, DataType.FLOAT32);
    NetworkSpec spec = new NetworkSpec("syncnet", "SyncNet", Map.of(), config.tensors());
    return new SyncNet(config, TorchProgram.load(spec, checkpoint, device, DataType.FLOAT32));
  }

  /**
   * Checks that a checkpoint has all tensors of a SyncNet.
   *
   * @return its widths
   * @throws CheckpointException if a tensor is missing or has another shape
   */
  public static SyncNetConfig requireFit(Checkpoint checkpoint) throws CheckpointException {
    SyncNetConfig config = SyncNetConfig.of(checkpoint);
    CheckpointFit.require(checkpoint, config.tensors(), name -> name.endsWith(BATCHES));
    return config;
  }

  /**
   * Checks that all weights are finite in an element type.
   *
   * @throws CheckpointException if a weight is not finite or a tensor is missing; the message names
   *     the tensor
   */
  public static void requireFinite(SyncNetConfig config, Checkpoint checkpoint)
      throws CheckpointException {
    FiniteWeights.require(checkpoint, config.tensors().keySet(), DataType.FLOAT32);
  }

  /** The network's widths. */
  public SyncNetConfig config() {
    return config;
  }

  /**
   * Computes the embeddings of sound.
   *
   * @param mfcc [n,1,13,20]: 13 coefficients, 20 columns of 10 ms
   * @return [n,d]
   * @throws IllegalArgumentException if the shape does not fit
   */
  public NDArray sound(NDArray mfcc) {
    return embed("sound", mfcc, 1, COEFFICIENTS, COLUMNS);
  }

  /**
   * Computes the embeddings of lips.
   *
   * @param pictures [n,3,5,224,224]: five pictures of a face at 25 fps, blue, green, red, 0…255
   * @return [n,d]
   * @throws IllegalArgumentException if the shape does not fit
   */
  public NDArray lips(NDArray pictures) {
    return embed("lips", pictures, 3, PICTURES, SIDE, SIDE);
  }

  private NDArray embed(String method, NDArray input, long... window) {
    Shape expected = new Shape(window);
    if (!input.getShape().slice(1).equals(expected)) {
      throw new IllegalArgumentException(
          method
              + ": windows are "
              + input.getShape().slice(1)
              + "; the network needs "
              + expected);
    }
    return program.call(input.getManager(), method, input).singletonOrThrow();
  }

  /** Frees the weights. No other call may run at the same time. */
  @Override
  public void close() {
    program.close();
  }
}
