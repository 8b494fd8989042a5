package io.latentsync.nn.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes checkpoint files, well-formed and otherwise, without PyTorch. */
public final class TensorFiles {
  private TensorFiles() {}

  /** A safetensors file with this header and data. */
  public static Path safetensors(Path file, String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(file, bytes.array());
  }

  /** A zip of entries below {@code archive/}, stored like those of torch.save. */
  static Path torch(Path file, Map<String, byte[]> entries) throws IOException {
    return zip(file, ZipEntry.STORED, entries);
  }

  /** A zip of entries below {@code archive/}. */
  static Path zip(Path file, int method, Map<String, byte[]> entries) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> content : entries.entrySet()) {
        ZipEntry entry = new ZipEntry("archive/" + content.getKey());
        entry.setMethod(method);
        entry.setSize(content.getValue().length);
        CRC32 crc = new CRC32();
        crc.update(content.getValue());
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }

  /** A checkpoint with one storage, {@code data/0}. */
  static Path torch(Path file, Pickle pickle, byte[] storage) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", pickle.bytes());
    entries.put("data/0", storage);
    return torch(file, entries);
  }

  /** The pickle of a dictionary with one tensor, w, in the storage {@code data/0}. */
  static Pickle oneTensor(String type, long elements, long offset, long[] shape, long... strides) {
    return new Pickle()
        .emptyDict()
        .mark()
        .text("w")
        .tensor(type, "0", elements, offset, shape, strides)
        .setItems();
  }

  static long[] sizes(long... sizes) {
    return sizes;
  }

  public static byte[] littleEndian(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  public static byte[] littleEndian(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putDouble(value);
    }
    return bytes.array();
  }

  public static byte[] littleEndian(short... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (short value : values) {
      bytes.putShort(value);
    }
    return bytes.array();
  }

  /** A pickle of protocol 2, opcode by opcode. */
  static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle() {
      raw(0x80, 2);
    }

    Pickle raw(int... bytes) {
      for (int b : bytes) {
        out.write(b);
      }
      return this;
    }

    Pickle text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      raw('X').int32(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Pickle number(int value) {
      return raw('J').int32(value);
    }

    /** Eight-byte integer. */
    Pickle number(long value) {
      raw(0x8a, 8);
      out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
      return this;
    }

    Pickle global(String module, String name) {
      raw('c');
      out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
      return this;
    }

    Pickle mark() {
      return raw('(');
    }

    Pickle tuple() {
      return raw('t');
    }

    Pickle emptyDict() {
      return raw('}');
    }

    Pickle setItems() {
      return raw('u');
    }

    Pickle reduce() {
      return raw('R');
    }

    Pickle orderedDict() {
      return global("collections", "OrderedDict").raw(')').reduce();
    }

    Pickle sizes(long... sizes) {
      mark();
      for (long size : sizes) {
        number(size);
      }
      return tuple();
    }

    Pickle tensor(
        String type, String key, long elements, long offset, long[] shape, long[] strides) {
      global("torch._utils", "_rebuild_tensor_v2").mark();
      mark().text("storage").global("torch", type).text(key).text("cpu").number(elements).tuple();
      raw('Q').number(offset).sizes(shape).sizes(strides).raw(0x89).orderedDict();
      return tuple().reduce();
    }

    /** The form before PyTorch 1.6, in which a storage can be a view of another. */
    Pickle legacyTensor(
        String type, String key, long elements, long offset, long[] shape, long[] strides) {
      global("torch._utils", "_rebuild_tensor_v2").mark();
      mark().text("storage").global("torch", type).text(key).text("cuda:0").number(elements);
      raw('N').tuple();
      raw('Q').number(offset).sizes(shape).sizes(strides).raw(0x89).orderedDict();
      return tuple().reduce();
    }

    /** Stores the top of the stack in a memo. */
    Pickle put(int memo) {
      return raw('q', memo);
    }

    /** Pushes a memo onto the stack. */
    Pickle get(int memo) {
      return raw('h', memo);
    }

    /** The instructions alone. */
    int[] withoutProtocol() {
      byte[] all = out.toByteArray();
      int[] instructions = new int[all.length - 2];
      for (int i = 0; i < instructions.length; i++) {
        instructions[i] = all[i + 2] & 0xff;
      }
      return instructions;
    }

    private Pickle int32(int value) {
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
      return this;
    }

    byte[] bytes() {
      raw('.');
      return out.toByteArray();
    }
  }
}
