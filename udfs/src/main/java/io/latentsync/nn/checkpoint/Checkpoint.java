package io.latentsync.nn.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * A file of named tensors: PyTorch {@code .pt}/{@code .bin}/{@code .model} (zip and pickle, or
 * pickles alone as before PyTorch 1.6) or safetensors. Opening reads the directory only; tensors
 * are mapped from the file one at a time.
 *
 * <p>Files are untrusted: nothing in them is executed, and a PyTorch file with anything other than
 * tensors, ordered dictionaries and plain values is refused.
 */
public sealed interface Checkpoint extends AutoCloseable permits CheckpointFile {

  /**
   * Opens a checkpoint; the content determines the format, not the name.
   *
   * @throws CheckpointException if the file is missing, truncated, of another format, or contains
   *     anything other than tensors
   */
  static Checkpoint open(Path file) throws CheckpointException {
    return CheckpointFile.open(file);
  }

  /** The checkpoint's file. */
  Path file();

  /**
   * All tensors by name; nested dictionaries are joined with dots. Strings, lists and tuples of the
   * file are ignored.
   */
  SortedMap<String, TensorInfo> tensors();

  /** Numbers next to the tensors, by dotted name, such as {@code dims.n_audio_layer}. */
  SortedMap<String, Number> scalars();

  /**
   * The little-endian bytes of a tensor in row-major order, read-only, from position 0. Mapped from
   * the file; only a tensor that is stored in another order, such as a transposed view, is copied.
   *
   * @throws CheckpointException if there is no such tensor, it is larger than 2 GiB (256 MiB if in
   *     another order), or the file cannot be read
   */
  ByteBuffer data(String name) throws CheckpointException;

  /**
   * Reads a tensor into new memory. BFLOAT16 and FLOAT64 become FLOAT32, INT16 becomes INT32, all
   * other types stay.
   *
   * @param manager owner of the result
   * @throws CheckpointException if there is no such tensor or the file cannot be read
   */
  NDArray read(NDManager manager, String name) throws CheckpointException;

  /**
   * The contents of one dictionary: names without the prefix and its dot. Closing the section
   * closes the file. If there is no such dictionary, the section is empty.
   */
  Checkpoint section(String prefix);

  @Override
  void close();
}
