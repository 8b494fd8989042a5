package io.latentsync.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * A file of named tensors: PyTorch {@code .pt}/{@code .bin}/{@code .model} (zip and pickle) or
 * safetensors. Opening reads the directory only; tensors are mapped from the file one at a time.
 */
public interface Checkpoint extends AutoCloseable {

  /**
   * Opens a checkpoint; the format is told by the content, not by the name.
   *
   * @throws CheckpointException if the file is missing, truncated, of another format, or asks for
   *     anything but tensors
   */
  static Checkpoint open(Path file) throws CheckpointException {
    return SafetensorsCheckpoint.open(file);
  }

  /** The file this was opened from. */
  Path file();

  /** All tensors by name; nested dictionaries are joined with dots. */
  SortedMap<String, TensorInfo> tensors();

  /** Numbers that stand beside the tensors, by dotted name, such as {@code dims.n_audio_layer}. */
  SortedMap<String, Number> scalars();

  /**
   * The little-endian bytes of a tensor in row-major order, mapped from the file, read-only.
   *
   * @throws CheckpointException if there is no such tensor or the file cannot be read
   */
  ByteBuffer data(String name) throws CheckpointException;

  /**
   * Reads a tensor. FLOAT32, FLOAT16 and integers keep their type; BFLOAT16 and FLOAT64 become
   * FLOAT32.
   *
   * @param manager owner of the result
   * @throws CheckpointException if there is no such tensor or the file cannot be read
   */
  NDArray read(NDManager manager, String name) throws CheckpointException;

  /** The same file seen from inside one dictionary: names without the prefix and its dot. */
  Checkpoint section(String prefix);

  @Override
  void close();
}
