package io.latentsync.face.detect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes small networks in the ONNX format (onnx.proto3, opset 13), one node after the other. Every
 * graph has one input, "picture", [1,3,side,side].
 */
final class OnnxGraph {
  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  private final Message graph = new Message();

  /** A protocol buffer under construction. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        bytes.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint(((long) field << 3) | 2);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes.toByteArray());
    }
  }

  OnnxGraph(int side) {
    graph.text(2, "test").message(11, value("picture", 1, 3, side, side));
  }

  private static Message value(String name, long... shape) {
    Message dimensions = new Message();
    for (long size : shape) {
      dimensions.message(1, new Message().number(1, size));
    }
    Message tensor = new Message().number(1, FLOAT).message(2, dimensions);
    return new Message().text(1, name).message(2, new Message().message(1, tensor));
  }

  /** A constant. */
  OnnxGraph floats(String name, float[] values, long... shape) {
    ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return constant(name, FLOAT, data.array(), shape);
  }

  /** A constant. */
  OnnxGraph integers(String name, long... values) {
    ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    data.asLongBuffer().put(values);
    return constant(name, INT64, data.array(), values.length);
  }

  private OnnxGraph constant(String name, int type, byte[] data, long... shape) {
    Message tensor = new Message();
    for (long size : shape) {
      tensor.number(1, size);
    }
    graph.message(5, tensor.number(2, type).text(8, name).bytes(9, data));
    return this;
  }

  /** An operation; attributes are a name and whole numbers each. */
  OnnxGraph node(String operation, String output, String[] inputs, Attribute... attributes) {
    Message node = new Message();
    for (String input : inputs) {
      node.text(1, input);
    }
    node.text(2, output).text(4, operation);
    for (Attribute attribute : attributes) {
      Message ints = new Message().text(1, attribute.name());
      for (long value : attribute.values()) {
        ints.number(8, value);
      }
      node.message(5, ints.number(20, 7));
    }
    graph.message(1, node);
    return this;
  }

  /** An attribute of an operation that is a list of whole numbers. */
  record Attribute(String name, long... values) {}

  /** Makes a result an output. */
  OnnxGraph output(String name, long... shape) {
    graph.message(12, value(name, shape));
    return this;
  }

  /** Writes the network. */
  Path write(Path file) throws IOException {
    Message model =
        new Message()
            .number(1, 8)
            .message(7, graph)
            .message(8, new Message().text(1, "").number(2, 13));
    return Files.write(file, model.bytes.toByteArray());
  }
}
