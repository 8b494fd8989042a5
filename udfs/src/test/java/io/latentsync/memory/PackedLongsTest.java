package io.latentsync.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class PackedLongsTest {

  @Test
  void numbersAreTheSameAfterPacking() {
    long[] odd = {Long.MIN_VALUE, Long.MAX_VALUE, 0, -1, 5, 5, 4};
    long[] random = new Random(1).longs(1000).toArray();
    for (long[] numbers : new long[][] {{}, {7}, odd, random}) {
      PackedLongs packed = PackedLongs.of(numbers);
      assertThat(packed.size()).isEqualTo(numbers.length);
      assertThat(packed.toArray()).isEqualTo(numbers);
    }
  }

  @Test
  void tenHoursOfTimestampsTakeAFewKilobytes() throws IOException {
    int frames = 900_000;
    PackedLongs constant = PackedLongs.of(LongStream.range(0, frames).map(i -> 512 * i).toArray());
    // Milliseconds of 30 frames per second, as in Matroska.
    PackedLongs rounded =
        PackedLongs.of(LongStream.range(0, frames).map(i -> (100 * i + 1) / 3).toArray());
    assertThat(serialized(constant)).isLessThan(16 << 10);
    assertThat(serialized(rounded)).isLessThan(64 << 10);
  }

  private static int serialized(PackedLongs packed) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(packed);
    }
    return bytes.size();
  }
}
