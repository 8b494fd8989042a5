package io.latentsync.nn.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The header of a safetensors file: eight bytes of length, then JSON with each tensor's type, shape
 * and position in the data that follow (format of huggingface/safetensors 0.x).
 */
final class SafetensorsHeader {
  /** Real headers are smaller than 1 MiB; a much larger one would only fill the memory. */
  private static final int LONGEST = 16 << 20;

  private static final int LONGEST_NAME = 1000;

  /** More than any tensor of a network has. */
  private static final int MOST_DIMENSIONS = 16;

  /**
   * The tokens of 100,000 tensors. An empty list has two bytes in JSON, but about a hundred in
   * memory.
   */
  private static final int MOST_TOKENS = 2_000_000;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxTokenCount(MOST_TOKENS).build())
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final Path file;
  private final long dataStart;
  private final long fileLength;

  private SafetensorsHeader(Path file, long dataStart, long fileLength) {
    this.file = file;
    this.dataStart = dataStart;
    this.fileLength = fileLength;
  }

  static CheckpointContents read(Path file, FileChannel channel) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    FileBytes.read(channel, start, 0);
    long length = start.getLong(0);
    if (length < 2 || length > LONGEST) {
      throw new CheckpointException(
          file,
          "is not a usable safetensors file: it announces a header of "
              + Long.toUnsignedString(length)
              + " bytes (at most "
              + LONGEST
              + ")");
    }
    long available = channel.size() - 8;
    if (length > available) {
      throw new CheckpointException(
          file,
          "is truncated: its safetensors header has "
              + length
              + " bytes, of which "
              + available
              + " are there");
    }
    ByteBuffer header = ByteBuffer.allocate((int) length);
    FileBytes.read(channel, header, 8);
    SafetensorsHeader parser = new SafetensorsHeader(file, 8 + length, channel.size());
    return new CheckpointContents(
        parser.tensors(parser.json(header.array())), Collections.emptySortedMap());
  }

  private JsonNode json(byte[] header) throws IOException {
    try {
      JsonNode root = JSON.readTree(header);
      if (root.isObject()) {
        return root;
      }
      throw new CheckpointException(file, "has a safetensors header that is not a JSON object");
    } catch (StreamConstraintsException e) {
      throw new CheckpointException(
          file,
          "has a safetensors header that is too large: of more than "
              + MOST_TOKENS
              + " values, nested too deep, or with numbers or names that are too long",
          e);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file, "has a safetensors header that is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private SortedMap<String, TensorLocation> tensors(JsonNode root) throws CheckpointException {
    SortedMap<String, TensorLocation> tensors = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
      }
    }
    checkThatDataAreCovered(tensors);
    return tensors;
  }

  private TensorLocation tensor(String name, JsonNode entry) throws CheckpointException {
    if (name.length() > LONGEST_NAME) {
      throw new CheckpointException(
          file, "has a tensor whose name is longer than " + LONGEST_NAME + " characters");
    }
    int dimensions = entry.path("shape").size();
    if (dimensions > MOST_DIMENSIONS) {
      throw new CheckpointException(file, "tensor " + name + " has " + dimensions + " dimensions");
    }
    TensorInfo info =
        new TensorInfo(type(name, entry.path("dtype").asText()), longs(name, entry, "shape"));
    long[] offsets = longs(name, entry, "data_offsets");
    long available = fileLength - dataStart;
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new CheckpointException(file, "tensor " + name + " has no valid data_offsets");
    }
    if (offsets[1] > available) {
      throw new CheckpointException(
          file,
          "is truncated: tensor "
              + name
              + " ends at byte "
              + offsets[1]
              + " of the data, of which "
              + available
              + " are there");
    }
    try {
      if (info.bytes() != offsets[1] - offsets[0]) {
        throw new CheckpointException(
            file,
            "tensor "
                + name
                + " ("
                + info
                + ") needs "
                + info.bytes()
                + " bytes, but has "
                + (offsets[1] - offsets[0]));
      }
      return TensorLocation.rowMajor(info, dataStart + offsets[0]);
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          file, "tensor " + name + " (" + info + ") is impossibly large", e);
    }
  }

  /** The format requires that the tensors cover the data without gaps and overlaps. */
  private void checkThatDataAreCovered(SortedMap<String, TensorLocation> tensors)
      throws CheckpointException {
    long end = dataStart;
    List<Map.Entry<String, TensorLocation>> byPlace =
        tensors.entrySet().stream()
            .sorted(
                Comparator.<Map.Entry<String, TensorLocation>>comparingLong(
                        entry -> entry.getValue().offset())
                    .thenComparingLong(entry -> entry.getValue().info().bytes()))
            .toList();
    for (Map.Entry<String, TensorLocation> entry : byPlace) {
      if (entry.getValue().offset() != end) {
        throw new CheckpointException(
            file,
            "tensor "
                + entry.getKey()
                + (entry.getValue().offset() < end ? " overlaps the" : " leaves a gap after the")
                + " tensor before it");
      }
      end += entry.getValue().info().bytes();
    }
    if (end != fileLength) {
      throw new CheckpointException(
          file, "has " + (fileLength - end) + " bytes after its last tensor");
    }
  }

  private long[] longs(String name, JsonNode entry, String field) throws CheckpointException {
    JsonNode array = entry.path(field);
    long[] values = new long[array.size()];
    boolean valid = array.isArray();
    for (int i = 0; valid && i < values.length; i++) {
      values[i] = array.get(i).asLong(-1);
      valid = array.get(i).canConvertToLong() && array.get(i).isIntegralNumber() && values[i] >= 0;
    }
    if (!valid) {
      throw new CheckpointException(file, "tensor " + name + " has no valid " + field);
    }
    return values;
  }

  private TensorInfo.Type type(String name, String dtype) throws CheckpointException {
    return switch (dtype) {
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
      default ->
          throw new CheckpointException(
              file, "tensor " + name + " has the unsupported element type \"" + dtype + "\"");
    };
  }
}
