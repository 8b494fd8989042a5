package io.latentsync.nn.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file that {@code torch.save} wrote before PyTorch 1.6, such as the published {@code
 * syncnet_v2.model}: pickles of a magic number, a version, the machine's properties, the object and
 * the list of its storages' keys, one after the other; then for each key the number of elements (8
 * bytes) and the elements.
 */
final class LegacyTorch {
  /** The pickle of 1,246 tensors has 0.3 MB. */
  private static final int LONGEST_PICKLES = 16 << 20;

  private static final int VERSION = 1001;

  private final Path file;
  private final FileChannel channel;

  private final Map<String, Place> places = new HashMap<>();

  /** The location of a storage: position of the first element, and number of elements. */
  private record Place(long position, long elements) {}

  private LegacyTorch(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Reads the directory of a file that begins with the magic number. */
  static CheckpointContents read(Path file, FileChannel channel) throws IOException {
    return new LegacyTorch(file, channel).contents();
  }

  private CheckpointContents contents() throws IOException {
    byte[] bytes = new byte[(int) Math.min(LONGEST_PICKLES, channel.size())];
    FileBytes.read(channel, ByteBuffer.wrap(bytes), 0);
    ByteArrayInputStream pickles = new ByteArrayInputStream(bytes);
    TorchUnpickler.read(file, pickles); // The magic number, which has been checked.
    Object version = TorchUnpickler.read(file, pickles);
    if (!(version instanceof Integer number)) {
      throw new CheckpointException(
          file,
          "is in PyTorch's old format with a version that is no number; %d can be read"
              .formatted(VERSION));
    }
    if (number != VERSION) {
      throw new CheckpointException(
          file,
          "is in version %d of PyTorch's old format; %d can be read".formatted(number, VERSION));
    }
    if (TorchUnpickler.read(file, pickles) instanceof Map<?, ?> machine
        && Boolean.FALSE.equals(machine.get("little_endian"))) {
      throw new CheckpointException(
          file, "was saved in the byte order \"big\", only little is supported");
    }
    Object object = TorchUnpickler.read(file, pickles);
    if (!(TorchUnpickler.read(file, pickles) instanceof List<?> keys)) {
      throw new CheckpointException(file, "has no list of its storages");
    }
    Map<String, Integer> elementBytes = new HashMap<>();
    TorchDictionary.contents(
        file,
        object,
        (tensor, storage) -> {
          elementBytes.put(storage.key(), storage.type().bytes());
          return 0;
        });
    locate(keys, elementBytes, bytes.length - pickles.available());
    return TorchDictionary.contents(file, object, this::position);
  }

  /** Each storage begins with its length, so the positions are computed one after the other. */
  private void locate(List<?> keys, Map<String, Integer> elementBytes, long start)
      throws IOException {
    long position = start;
    for (Object listed : keys) {
      if (!(listed instanceof String key)) {
        throw new CheckpointException(file, "has a list of storages with a key that is not text");
      }
      Integer bytes = elementBytes.get(key);
      if (bytes == null) {
        throw new CheckpointException(file, "has a storage that no tensor uses");
      }
      long elements = elements(position);
      places.put(key, new Place(position + Long.BYTES, elements));
      long end;
      try {
        end = Math.addExact(position + Long.BYTES, Math.multiplyExact(elements, bytes.longValue()));
      } catch (ArithmeticException e) {
        throw new CheckpointException(file, "has a storage that is impossibly large", e);
      }
      if (end > channel.size() || end < position) {
        throw new CheckpointException(file, "is truncated: its storages end early");
      }
      position = end;
    }
  }

  private long elements(long position) throws IOException {
    ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FileBytes.read(channel, count, position);
    if (count.hasRemaining()) {
      throw new CheckpointException(file, "is truncated: its storages end early");
    }
    return count.getLong(0);
  }

  private long position(String tensor, TorchUnpickler.Storage storage) throws CheckpointException {
    Place place = places.get(storage.key());
    if (place == null) {
      throw new CheckpointException(
          file, "tensor " + tensor + ": its data (storage " + storage.key() + ") are missing");
    }
    if (place.elements() != storage.elements()) {
      throw new CheckpointException(
          file,
          "tensor %s: its storage of %d elements has %d"
              .formatted(tensor, storage.elements(), place.elements()));
    }
    return place.position();
  }
}
