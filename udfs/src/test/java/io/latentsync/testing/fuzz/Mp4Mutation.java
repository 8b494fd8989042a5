package io.latentsync.testing.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Mutations of the boxes of MP4 files: sizes, types, counts, times, sample tables. */
public final class Mp4Mutation {
  private static final Set<String> PARENTS =
      Set.of(
          "moov", "trak", "mdia", "minf", "stbl", "edts", "dinf", "udta", "mvex", "moof", "traf");

  private static final int HEADER = 8;

  private record Box(int at, int size, String type) {}

  private Mp4Mutation() {}

  /** A file with one to three places changed. */
  public static byte[] any(RandomGenerator random, byte[] whole) {
    byte[] bytes = whole.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      List<Box> boxes = new ArrayList<>();
      collect(bytes, 0, bytes.length, boxes);
      bytes = boxes.isEmpty() ? ByteMutation.any(random, bytes) : change(random, bytes, boxes);
    }
    return bytes;
  }

  private static void collect(byte[] bytes, int start, int end, List<Box> boxes) {
    int at = start;
    while (at + HEADER <= end) {
      int size = ByteBuffer.wrap(bytes).getInt(at);
      if (size < HEADER || size > end - at) {
        return;
      }
      Box box = new Box(at, size, new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1));
      boxes.add(box);
      if (PARENTS.contains(box.type())) {
        collect(bytes, at + HEADER, at + size, boxes);
      }
      at += size;
    }
  }

  private static byte[] change(RandomGenerator random, byte[] bytes, List<Box> boxes) {
    Box box = ByteMutation.oneOf(random, boxes);
    byte[] copy = Arrays.copyOfRange(bytes, box.at(), box.at() + box.size());
    switch (random.nextInt(10)) {
      case 0 -> ByteMutation.number(random, bytes, box.at(), 4);
      case 1 -> {
        Box other = ByteMutation.oneOf(random, boxes);
        System.arraycopy(bytes, other.at() + 4, bytes, box.at() + 4, 4);
      }
      case 2 -> {
        return resize(bytes, boxes, box, box.size(), new byte[0]);
      }
      case 3 -> {
        return resize(bytes, boxes, box, 0, copy);
      }
      case 4 -> {
        Box other = ByteMutation.oneOf(random, boxes);
        return resize(
            bytes,
            boxes,
            box,
            box.size(),
            Arrays.copyOfRange(bytes, other.at(), other.at() + other.size()));
      }
      case 5 -> {
        byte[] nested = copy;
        for (int i = random.nextInt(1, 200); i > 0 && nested.length < 100_000; i--) {
          byte[] outer = ByteBuffer.allocate(nested.length + HEADER).array();
          ByteBuffer.wrap(outer).putInt(outer.length).put(bytes, box.at() + 4, 4).put(nested);
          nested = outer;
        }
        return resize(bytes, boxes, box, box.size(), nested);
      }
      default -> {
        // Most fields of most boxes are numbers of four bytes.
        int words = (box.size() - HEADER) / 4;
        if (words > 0) {
          int at = box.at() + HEADER + 4 * random.nextInt(Math.min(words, 32));
          if (random.nextInt(4) == 0) {
            int near = ByteBuffer.wrap(bytes).getInt(at) + random.nextInt(-2, 3);
            ByteBuffer.wrap(bytes).putInt(at, near);
          } else {
            ByteMutation.number(random, bytes, at, 4);
          }
        }
      }
    }
    return bytes;
  }

  /** Replaces the first bytes of a box and adjusts the sizes of the enclosing boxes. */
  private static byte[] resize(byte[] bytes, List<Box> boxes, Box box, int length, byte[] with) {
    for (Box outer : boxes) {
      if (outer.at() < box.at() && outer.at() + outer.size() >= box.at() + box.size()) {
        ByteBuffer.wrap(bytes).putInt(outer.at(), outer.size() + with.length - length);
      }
    }
    return ByteMutation.replace(bytes, box.at(), length, with);
  }
}
