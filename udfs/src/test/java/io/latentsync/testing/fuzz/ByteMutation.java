package io.latentsync.testing.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Mutations of bytes without knowledge of the format. */
public final class ByteMutation {
  private static final long[] EXTREMES = {
    0,
    1,
    2,
    -1,
    0x7f,
    0x80,
    0xff,
    0x100,
    Short.MAX_VALUE,
    0x8000,
    0xffff,
    0x10000,
    1L << 20,
    1L << 24,
    1L << 28,
    1L << 30,
    Integer.MAX_VALUE,
    Integer.MAX_VALUE - 8,
    Integer.MIN_VALUE,
    0xffffffffL,
    1L << 32,
    1L << 40,
    1L << 53,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private ByteMutation() {}

  /** A number at a limit at which overflows are likely. */
  public static long extreme(RandomGenerator random) {
    return EXTREMES[random.nextInt(EXTREMES.length)] + (random.nextInt(4) == 0 ? -1 : 0);
  }

  /** One of several. */
  public static <T> T oneOf(RandomGenerator random, List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Applies one to four mutations of any kind. */
  public static byte[] any(RandomGenerator random, byte[] whole) {
    byte[] bytes = whole;
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      bytes = once(random, bytes);
    }
    return bytes;
  }

  private static byte[] once(RandomGenerator random, byte[] whole) {
    if (whole.length == 0) {
      return random(random, 16);
    }
    byte[] bytes = whole.clone();
    int at = random.nextInt(bytes.length);
    int length = Math.min(random.nextInt(1, 65), bytes.length - at);
    switch (random.nextInt(8)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) extreme(random);
      case 2 -> number(random, bytes, at, 1 << random.nextInt(1, 4));
      case 3 -> bytes = Arrays.copyOf(bytes, at);
      case 4 -> bytes = replace(bytes, at, length, new byte[0]);
      case 5 -> bytes = replace(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
      case 6 -> bytes = replace(bytes, at, 0, random(random, length));
      default -> {
        int other = random.nextInt(bytes.length);
        int most = Math.min(length, bytes.length - other);
        System.arraycopy(whole, other, bytes, at, Math.min(most, bytes.length - at));
      }
    }
    return bytes;
  }

  /** Writes an extreme number of some bytes, big- or little-endian, as far as there is room. */
  public static void number(RandomGenerator random, byte[] bytes, int at, int size) {
    ByteBuffer value = ByteBuffer.allocate(8);
    if (random.nextBoolean()) {
      value.order(ByteOrder.LITTLE_ENDIAN).putLong(extreme(random));
      copy(value.array(), 0, bytes, at, size);
    } else {
      value.putLong(extreme(random));
      copy(value.array(), 8 - size, bytes, at, size);
    }
  }

  private static void copy(byte[] from, int start, byte[] to, int at, int size) {
    for (int i = 0; i < size && at + i < to.length; i++) {
      to[at + i] = from[start + i];
    }
  }

  /** Replaces a range of bytes. */
  public static byte[] replace(byte[] bytes, int at, int length, byte[] with) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(with);
    out.write(bytes, at + length, bytes.length - at - length);
    return out.toByteArray();
  }

  private static byte[] random(RandomGenerator random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
