package io.latentsync.testing.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Mutations of the elements of Matroska files: ids, sizes, numbers, nesting. */
public final class MatroskaMutation {
  private static final Set<Long> PARENTS =
      Set.of(
          0x1A45DFA3L, // EBML
          0x18538067L, // Segment
          0x114D9B74L, // SeekHead
          0x4DBBL, // Seek
          0x1549A966L, // Info
          0x1654AE6BL, // Tracks
          0xAEL, // TrackEntry
          0xE0L, // Video
          0xE1L, // Audio
          0x1F43B675L, // Cluster
          0xA0L, // BlockGroup
          0x1C53BB6BL, // Cues
          0xBBL, // CuePoint
          0xB7L); // CueTrackPositions

  private record Element(int at, int sizeAt, int dataAt, int end) {}

  private MatroskaMutation() {}

  /** A file with one to three places changed. */
  public static byte[] any(RandomGenerator random, byte[] whole) {
    byte[] bytes = whole.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      List<Element> elements = new ArrayList<>();
      collect(bytes, 0, bytes.length, elements);
      bytes =
          elements.isEmpty() ? ByteMutation.any(random, bytes) : change(random, bytes, elements);
    }
    return bytes;
  }

  private static void collect(byte[] bytes, int start, int end, List<Element> elements) {
    int at = start;
    while (at < end) {
      int sizeAt = at + width(bytes[at]);
      if (sizeAt >= end) {
        return;
      }
      int dataAt = sizeAt + width(bytes[sizeAt]);
      if (dataAt > end) {
        return;
      }
      long size = number(bytes, sizeAt, dataAt) & ((1L << (7 * (dataAt - sizeAt))) - 1);
      int last = (int) Math.min(end, dataAt + size);
      elements.add(new Element(at, sizeAt, dataAt, last));
      if (PARENTS.contains(number(bytes, at, sizeAt))) {
        collect(bytes, dataAt, last, elements);
      }
      at = last;
    }
  }

  /** Length in bytes of a number with this first byte. */
  private static int width(byte first) {
    return Math.min(8, Integer.numberOfLeadingZeros(first & 0xff) - 23);
  }

  private static long number(byte[] bytes, int from, int to) {
    long number = 0;
    for (int i = from; i < to; i++) {
      number = (number << 8) | (bytes[i] & 0xff);
    }
    return number;
  }

  private static byte[] change(RandomGenerator random, byte[] bytes, List<Element> elements) {
    Element element = ByteMutation.oneOf(random, elements);
    Element other = ByteMutation.oneOf(random, elements);
    switch (random.nextInt(8)) {
      case 0 -> {
        // The largest value of a length means an unknown size.
        bytes[element.sizeAt()] = (byte) ((1 << (9 - (element.dataAt() - element.sizeAt()))) - 1);
        Arrays.fill(bytes, element.sizeAt() + 1, element.dataAt(), (byte) 0xff);
      }
      case 1 -> bytes[element.dataAt() - 1] = (byte) ByteMutation.extreme(random);
      case 2 -> bytes[element.at()] ^= (byte) (1 << random.nextInt(8));
      case 3 -> {
        return ByteMutation.replace(bytes, element.at(), element.end() - element.at(), new byte[0]);
      }
      case 4 -> {
        return ByteMutation.replace(
            bytes, element.at(), 0, Arrays.copyOfRange(bytes, other.at(), other.end()));
      }
      default -> {
        int length = element.end() - element.dataAt();
        if (length > 0) {
          int at = element.dataAt() + random.nextInt(Math.min(length, 16));
          ByteMutation.number(random, bytes, at, Math.min(8, element.end() - at));
        }
      }
    }
    return bytes;
  }
}
