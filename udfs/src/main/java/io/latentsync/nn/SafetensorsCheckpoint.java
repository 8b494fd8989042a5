package io.latentsync.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/** The safetensors format: eight bytes of header length, a JSON header, raw data. */
final class SafetensorsCheckpoint implements Checkpoint {
  private final Path file;
  private final FileChannel channel;
  private final SortedMap<String, TensorInfo> tensors = new TreeMap<>();
  private final SortedMap<String, Long> offsets = new TreeMap<>();

  private SafetensorsCheckpoint(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  static SafetensorsCheckpoint open(Path file) throws CheckpointException {
    try {
      SafetensorsCheckpoint checkpoint = new SafetensorsCheckpoint(file, FileChannel.open(file));
      checkpoint.readHeader();
      return checkpoint;
    } catch (IOException e) {
      throw new CheckpointException(file, "cannot be read as safetensors", e);
    }
  }

  private void readHeader() throws IOException {
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    channel.read(length, 0);
    ByteBuffer header = ByteBuffer.allocate(Math.toIntExact(length.getLong(0)));
    channel.read(header, 8);
    JsonNode root = new ObjectMapper().readTree(header.array());
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (entry.getKey().equals("__metadata__")) {
        continue;
      }
      JsonNode node = entry.getValue();
      long[] shape =
          StreamSupport.stream(node.get("shape").spliterator(), false)
              .mapToLong(JsonNode::asLong)
              .toArray();
      tensors.put(entry.getKey(), new TensorInfo(type(node.get("dtype").asText()), shape));
      offsets.put(entry.getKey(), 8 + header.capacity() + node.get("data_offsets").get(0).asLong());
    }
  }

  private TensorInfo.Type type(String name) throws CheckpointException {
    return switch (name) {
      case "F64" -> TensorInfo.Type.FLOAT64;
      case "F32" -> TensorInfo.Type.FLOAT32;
      case "F16" -> TensorInfo.Type.FLOAT16;
      case "BF16" -> TensorInfo.Type.BFLOAT16;
      case "I64" -> TensorInfo.Type.INT64;
      case "I32" -> TensorInfo.Type.INT32;
      case "I16" -> TensorInfo.Type.INT16;
      case "I8" -> TensorInfo.Type.INT8;
      case "U8" -> TensorInfo.Type.UINT8;
      case "BOOL" -> TensorInfo.Type.BOOL;
      default -> throw new CheckpointException(file, "unknown element type " + name);
    };
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
    return Collections.emptySortedMap();
  }

  @Override
  public ByteBuffer data(String name) throws CheckpointException {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new CheckpointException(file, "has no tensor " + name);
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, offsets.get(name), info.bytes())
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new CheckpointException(file, "tensor " + name + " cannot be read", e);
    }
  }

  @Override
  public NDArray read(NDManager manager, String name) throws CheckpointException {
    TensorInfo info = tensors.get(name);
    ByteBuffer data = data(name);
    return switch (info.type()) {
      case FLOAT32 -> manager.create(data, new Shape(info.shape()), DataType.FLOAT32);
      case INT64 -> manager.create(data, new Shape(info.shape()), DataType.INT64);
      case INT32 -> manager.create(data, new Shape(info.shape()), DataType.INT32);
      case UINT8 -> manager.create(data, new Shape(info.shape()), DataType.UINT8);
      default -> throw new CheckpointException(file, "not yet: " + info.type());
    };
  }

  @Override
  public Checkpoint section(String prefix) {
    throw new UnsupportedOperationException("not yet");
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
