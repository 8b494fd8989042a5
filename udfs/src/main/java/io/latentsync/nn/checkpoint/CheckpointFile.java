package io.latentsync.nn.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.media.RegularFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A checkpoint of either format, or one dictionary of it, with known locations of the tensors. */
final class CheckpointFile implements Checkpoint {
  private static final int LONGEST_COPY = 256 << 20;

  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] EMPTY_ZIP = {'P', 'K', 5, 6};

  /** The beginning of a file of PyTorch before 1.6: protocol 2, then a magic number. */
  private static final byte[] LEGACY_TORCH = {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc};

  private final Path file;
  private final FileChannel channel;
  private final CheckpointContents contents;
  private final SortedMap<String, TensorInfo> tensors = new TreeMap<>();

  private CheckpointFile(Path file, FileChannel channel, CheckpointContents contents) {
    this.file = file;
    this.channel = channel;
    this.contents = contents;
    contents.tensors().forEach((name, location) -> tensors.put(name, location.info()));
  }

  static CheckpointFile open(Path file) throws CheckpointException {
    Optional<String> fault = RegularFile.fault(file);
    if (fault.isPresent()) {
      throw new CheckpointException(file, fault.get());
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file);
      CheckpointFile opened = new CheckpointFile(file, channel, contents(file, channel));
      channel = null;
      return opened;
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException e) {
      throw new CheckpointException(file, "cannot be read (" + e.getMessage() + ")", e);
    } finally {
      closeQuietly(file, channel);
    }
  }

  private static void closeQuietly(Path file, FileChannel channel) throws CheckpointException {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new CheckpointException(file, "cannot be closed", e);
      }
    }
  }

  private static CheckpointContents contents(Path file, FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    FileBytes.read(channel, head, 0);
    head.flip();
    if (!head.hasRemaining()) {
      throw new CheckpointException(file, "is empty");
    }
    if (startsWith(head, ZIP) || startsWith(head, EMPTY_ZIP)) {
      return TorchArchive.read(file, channel);
    }
    if (head.limit() > 8 && head.get(8) == '{') {
      return SafetensorsHeader.read(file, channel);
    }
    if (startsWith(head, LEGACY_TORCH)) {
      return LegacyTorch.read(file, channel);
    }
    if (head.get(0) == LEGACY_TORCH[0]) {
      throw new CheckpointException(
          file, "is a bare pickle, not a checkpoint as torch.save writes it");
    }
    String text = StandardCharsets.ISO_8859_1.decode(head.duplicate()).toString().strip();
    if (text.startsWith("version https://git-lfs")) {
      throw new CheckpointException(
          file, "is a Git LFS pointer; the checkpoint itself has not been downloaded");
    }
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
      throw new CheckpointException(file, "is a web page, not a checkpoint");
    }
    throw new CheckpointException(
        file, "is neither a PyTorch checkpoint (zip) nor a safetensors file");
  }

  private static boolean startsWith(ByteBuffer head, byte[] magic) {
    return head.remaining() >= magic.length
        && head.slice(0, magic.length).equals(ByteBuffer.wrap(magic));
  }

  @Override
  public Path file() {
    return file;
  }

  @Override
  public SortedMap<String, TensorInfo> tensors() {
    return Collections.unmodifiableSortedMap(tensors);
  }

  @Override
  public SortedMap<String, Number> scalars() {
    return Collections.unmodifiableSortedMap(contents.scalars());
  }

  @Override
  public ByteBuffer data(String name) throws CheckpointException {
    TensorLocation location = contents.tensors().get(name);
    if (location == null) {
      throw new CheckpointException(file, "has no tensor " + name);
    }
    if (location.info().elements() == 0) {
      return ByteBuffer.allocateDirect(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    int elementBytes = location.info().type().bytes();
    long bytes = location.span() * elementBytes;
    if (bytes > Integer.MAX_VALUE) {
      throw new CheckpointException(
          file, "tensor " + name + " spans " + bytes + " bytes; at most 2 GiB can be read");
    }
    ByteBuffer stored;
    try {
      stored = channel.map(FileChannel.MapMode.READ_ONLY, location.offset(), bytes);
    } catch (IOException e) {
      throw new CheckpointException(file, "tensor " + name + " cannot be read", e);
    }
    if (location.isRowMajor()) {
      return stored.order(ByteOrder.LITTLE_ENDIAN);
    }
    if (location.info().bytes() > LONGEST_COPY) {
      throw new CheckpointException(
          file,
          "tensor " + name + " is not stored in row-major order and is too large to be rearranged");
    }
    return inRowMajorOrder(stored, location).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer inRowMajorOrder(ByteBuffer stored, TensorLocation location) {
    long[] shape = location.info().shape();
    int elementBytes = location.info().type().bytes();
    ByteBuffer ordered = ByteBuffer.allocateDirect((int) location.info().bytes());
    long[] index = new long[shape.length];
    while (ordered.hasRemaining()) {
      long element = 0;
      for (int i = 0; i < shape.length; i++) {
        element += index[i] * location.strides()[i];
      }
      ordered.put(stored.slice((int) element * elementBytes, elementBytes));
      for (int i = shape.length - 1; i >= 0 && ++index[i] == shape[i]; i--) {
        index[i] = 0;
      }
    }
    return ordered.flip();
  }

  @Override
  public NDArray read(NDManager manager, String name) throws CheckpointException {
    ByteBuffer data = data(name);
    TensorInfo info = tensors.get(name);
    Shape shape = new Shape(info.shape());
    return switch (info.type()) {
      case FLOAT32 -> copy(manager, data, shape, DataType.FLOAT32);
      case FLOAT16 -> copy(manager, data, shape, DataType.FLOAT16);
      case INT64 -> copy(manager, data, shape, DataType.INT64);
      case INT32 -> copy(manager, data, shape, DataType.INT32);
      case INT8 -> copy(manager, data, shape, DataType.INT8);
      case UINT8 -> copy(manager, data, shape, DataType.UINT8);
      case BOOL -> copy(manager, data, shape, DataType.BOOLEAN);
      // The engine's native code aborts the process on 16-bit integers.
      case INT16 -> copy(manager, toInts(data), shape, DataType.INT32);
      case BFLOAT16 -> copy(manager, brainToFloats(data), shape, DataType.FLOAT32);
      case FLOAT64 -> copy(manager, doublesToFloats(data), shape, DataType.FLOAT32);
    };
  }

  /**
   * The engine uses a direct buffer without copying and releases it with the NDArray, although a
   * module may still use the tensor. Hence the copy.
   */
  private static NDArray copy(NDManager manager, ByteBuffer data, Shape shape, DataType type) {
    if (shape.size() == 0) {
      return manager.create(shape, type);
    }
    try (NDArray mapped = manager.create(data, shape, type)) {
      return mapped.duplicate();
    }
  }

  /** BFLOAT16 is the upper half of a FLOAT32. */
  private static ByteBuffer brainToFloats(ByteBuffer brain) {
    ByteBuffer floats = ByteBuffer.allocateDirect(2 * brain.remaining()).order(brain.order());
    while (brain.hasRemaining()) {
      floats.putInt(brain.getShort() << 16);
    }
    return floats.flip();
  }

  private static ByteBuffer toInts(ByteBuffer shorts) {
    ByteBuffer ints = ByteBuffer.allocateDirect(2 * shorts.remaining()).order(shorts.order());
    while (shorts.hasRemaining()) {
      ints.putInt(shorts.getShort());
    }
    return ints.flip();
  }

  private static ByteBuffer doublesToFloats(ByteBuffer doubles) {
    ByteBuffer floats = ByteBuffer.allocateDirect(doubles.remaining() / 2).order(doubles.order());
    while (doubles.hasRemaining()) {
      floats.putFloat((float) doubles.getDouble());
    }
    return floats.flip();
  }

  @Override
  public Checkpoint section(String prefix) {
    return new CheckpointFile(
        file,
        channel,
        new CheckpointContents(
            within(prefix + ".", contents.tensors()), within(prefix + ".", contents.scalars())));
  }

  private static <T> SortedMap<String, T> within(String start, SortedMap<String, T> all) {
    SortedMap<String, T> inside = new TreeMap<>();
    all.tailMap(start).entrySet().stream()
        .takeWhile(entry -> entry.getKey().startsWith(start))
        .forEach(entry -> inside.put(entry.getKey().substring(start.length()), entry.getValue()));
    return inside;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
