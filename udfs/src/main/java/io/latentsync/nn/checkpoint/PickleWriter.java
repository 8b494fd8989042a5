package io.latentsync.nn.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes a pickle of protocol 2, instruction by instruction: the few of Python's pickletools that
 * PyTorch's files need.
 */
public final class PickleWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  /** Begins the pickle. */
  public PickleWriter() {
    op(0x80).op(2);
  }

  public PickleWriter mark() {
    return op('(');
  }

  public PickleWriter emptyTuple() {
    return op(')');
  }

  /** A tuple of the values above the mark. */
  PickleWriter tuple() {
    return op('t');
  }

  public PickleWriter tuple2() {
    return op(0x86);
  }

  public PickleWriter emptyDict() {
    return op('}');
  }

  /** Puts the pairs above the mark into the dictionary below it. */
  public PickleWriter setItems() {
    return op('u');
  }

  public PickleWriter newObject() {
    return op(0x81);
  }

  /** Calls a function with a tuple of arguments. */
  public PickleWriter reduce() {
    return op('R');
  }

  public PickleWriter build() {
    return op('b');
  }

  /** Replaces a tuple by the object outside the pickle that the tuple identifies. */
  PickleWriter persistentId() {
    return op('Q');
  }

  public PickleWriter no() {
    return op(0x89);
  }

  public PickleWriter global(String module, String name) {
    return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  public PickleWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return op('X').int32(utf8.length).raw(utf8);
  }

  /** A {@link Double} becomes a float, anything else an int. */
  public PickleWriter number(Number value) {
    if (value instanceof Double real) {
      try {
        op('G');
        out.writeDouble(real);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    long whole = value.longValue();
    if (whole == (int) whole) {
      return op('J').int32((int) whole);
    }
    op(0x8a).op(Long.BYTES);
    return int32((int) whole).int32((int) (whole >> 32));
  }

  /** Ends the pickle. */
  public byte[] bytes() {
    op('.');
    return bytes.toByteArray();
  }

  private PickleWriter op(int code) {
    bytes.write(code);
    return this;
  }

  private PickleWriter int32(int value) {
    try {
      out.writeInt(Integer.reverseBytes(value));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PickleWriter raw(byte[] content) {
    bytes.writeBytes(content);
    return this;
  }
}
