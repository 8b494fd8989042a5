package io.latentsync.memory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * An immutable sequence of numbers that takes little memory if few different steps lead from one to
 * the next, as with the timestamps of a video: about 140 bytes for 15,000 numbers with one step.
 */
public final class PackedLongs implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int size;

  /** The deflated differences of consecutive numbers; the first one is the first number. */
  private final byte[] deflated;

  private PackedLongs(int size, byte[] deflated) {
    this.size = size;
    this.deflated = deflated;
  }

  /** Packs a copy of the numbers. */
  public static PackedLongs of(long... numbers) {
    ByteBuffer steps = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Long.BYTES));
    long last = 0;
    for (long number : numbers) {
      steps.putLong(number - last);
      last = number;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
      out.write(steps.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deflater.end();
    }
    return new PackedLongs(numbers.length, bytes.toByteArray());
  }

  public int size() {
    return size;
  }

  /** Unpacks the numbers into a new array. */
  public long[] toArray() {
    long[] numbers = new long[size];
    Inflater inflater = new Inflater();
    try (InflaterInputStream in =
        new InflaterInputStream(new ByteArrayInputStream(deflated), inflater)) {
      ByteBuffer steps = ByteBuffer.wrap(in.readAllBytes());
      long last = 0;
      for (int i = 0; i < size; i++) {
        last += steps.getLong();
        numbers[i] = last;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      inflater.end();
    }
    return numbers;
  }
}
