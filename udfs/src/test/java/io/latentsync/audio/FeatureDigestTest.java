package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which frames of a track of 60 s a change reaches. */
final class FeatureDigestTest {
  private static final int SECONDS = 60;
  private static final int FRAMES = 25 * SECONDS;

  private final short[] samples = PcmArray.noise(SECONDS * PcmSource.SAMPLE_RATE).pcm();

  private static List<HashCode> digests(short[] samples, AudioWindows layout, float peak)
      throws IOException {
    PcmArray track = new PcmArray(samples);
    FeatureDigest digest =
        new FeatureDigest(track, new FeatureWindows(samples.length), peak, layout);
    List<HashCode> digests = new ArrayList<>();
    for (int frame = 0; frame < FRAMES; frame++) {
      Hasher hasher = Hashing.sha256().newHasher();
      digest.add(frame, hasher);
      digests.add(hasher.hash());
    }
    return digests;
  }

  /** The frames whose digests change when samples from a second to another are halved. */
  private int[] changed(AudioWindows layout, int from, int to) throws IOException {
    List<HashCode> before = digests(samples, layout, 0);
    short[] quieter = samples.clone();
    for (int i = from * PcmSource.SAMPLE_RATE; i < to * PcmSource.SAMPLE_RATE; i++) {
      quieter[i] = (short) (quieter[i] / 2);
    }
    List<HashCode> after = digests(quieter, layout, 0);
    return IntStream.range(0, FRAMES)
        .filter(frame -> !before.get(frame).equals(after.get(frame)))
        .toArray();
  }

  private static int[] frames(int first, int end) {
    return IntStream.range(first, end).toArray();
  }

  @Test
  void aChangeReachesTheFramesWhoseWindowsContainIt() throws IOException {
    // Overlapping windows: 0 to 30 s, 20 to 50 s and 40 to 60 s, used until 25 s, 45 s and the end.
    // A frame has rows from 80 ms before it to 100 ms after it.
    assertThat(changed(AudioWindows.OVERLAP, 10, 12)).isEqualTo(frames(0, 627));
    assertThat(changed(AudioWindows.OVERLAP, 34, 36)).isEqualTo(frames(623, 1127));
    assertThat(changed(AudioWindows.OVERLAP, 56, 58)).isEqualTo(frames(1123, FRAMES));
    assertThat(changed(AudioWindows.OVERLAP, 42, 44)).isEqualTo(frames(623, FRAMES));
    assertThat(changed(AudioWindows.REFERENCE, 10, 12)).isEqualTo(frames(0, 752));
    assertThat(changed(AudioWindows.REFERENCE, 34, 36)).isEqualTo(frames(748, FRAMES));
  }

  @Test
  void thePeakMattersWhereItCutsSoundOff() throws IOException {
    // No power is less than 80 dB below these two.
    List<HashCode> before = digests(samples, AudioWindows.OVERLAP, -5);
    assertThat(digests(samples, AudioWindows.OVERLAP, -4)).isEqualTo(before);
    assertThat(digests(samples, AudioWindows.OVERLAP, 9)).doesNotContainAnyElementsOf(before);
  }

  @Test
  void framesOfOneWindowDiffer() throws IOException {
    assertThat(digests(samples, AudioWindows.OVERLAP, 0).subList(0, 100)).doesNotHaveDuplicates();
  }
}
