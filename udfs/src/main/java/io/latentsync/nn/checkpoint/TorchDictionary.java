package io.latentsync.nn.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Flattens the nested dictionaries of tensors and numbers of an unpickled checkpoint. */
final class TorchDictionary {
  private static final int DEEPEST = 32;
  private static final int LONGEST_NAME = 500;
  private static final int MOST_VALUES = 100_000;

  private final Path file;
  private final Storages storages;
  private final SortedMap<String, TensorLocation> tensors = new TreeMap<>();
  private final SortedMap<String, Number> scalars = new TreeMap<>();
  private int values;

  /** The positions of the storages in a file. */
  @FunctionalInterface
  interface Storages {
    /**
     * The position of a storage's first element in the file, in bytes.
     *
     * @param tensor name of a tensor that is a view of it, for messages
     * @throws IOException if it is missing, or does not have its declared length
     */
    long position(String tensor, TorchUnpickler.Storage storage) throws IOException;
  }

  private TorchDictionary(Path file, Storages storages) {
    this.file = file;
    this.storages = storages;
  }

  /**
   * Flattens an object.
   *
   * @param object result of {@link TorchUnpickler}
   * @throws IOException if it is not a dictionary, or a tensor lies outside its storage
   */
  static CheckpointContents contents(Path file, Object object, Storages storages)
      throws IOException {
    if (!(object instanceof Map<?, ?> dictionary)) {
      throw new CheckpointException(file, "does not hold a dictionary of tensors");
    }
    TorchDictionary flat = new TorchDictionary(file, storages);
    flat.flatten("", dictionary, 0);
    return new CheckpointContents(flat.tensors, flat.scalars);
  }

  private void flatten(String name, Object value, int depth) throws IOException {
    if (++values > MOST_VALUES || depth > DEEPEST || name.length() > LONGEST_NAME) {
      throw new CheckpointException(
          file,
          String.format(
              "its dictionaries hold more than %d values, are nested more than %d deep or have"
                  + " names longer than %d characters",
              MOST_VALUES, DEEPEST, LONGEST_NAME));
    }
    if (value instanceof Map<?, ?> dictionary) {
      for (Map.Entry<?, ?> entry : dictionary.entrySet()) {
        flatten(
            name.isEmpty() ? "" + entry.getKey() : name + "." + entry.getKey(),
            entry.getValue(),
            depth + 1);
      }
    } else if (value instanceof TorchUnpickler.Tensor tensor) {
      if (tensors.put(name, location(name, tensor)) != null) {
        throw new CheckpointException(file, "has two tensors of the name " + name);
      }
    } else if (value instanceof Number number) {
      scalars.put(name, number);
    }
  }

  private TensorLocation location(String name, TorchUnpickler.Tensor tensor) throws IOException {
    TorchUnpickler.Storage storage = tensor.storage();
    TensorInfo info = new TensorInfo(storage.type(), tensor.shape());
    try {
      TensorLocation location =
          new TensorLocation(
              info,
              Math.addExact(
                  storages.position(name, storage),
                  Math.multiplyExact(tensor.offset(), storage.type().bytes())),
              tensor.strides());
      if (Math.addExact(tensor.offset(), location.span()) > storage.elements()
          || info.elements() > storage.elements()) {
        throw new CheckpointException(
            file,
            "tensor "
                + name
                + " ("
                + info
                + ") reaches beyond its storage of "
                + storage.elements()
                + " elements");
      }
      return location;
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          file, "tensor " + name + " (" + info + ") is impossibly large", e);
    }
  }
}
