package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogMelTest {
  private static final int WINDOW_SAMPLES = LogMel.WINDOW_COLUMNS * PowerSpectrum.HOP;

  private final LogMel logMel = new LogMel();

  @Test
  void theBitsOfAColumnDoNotDependOnItsPositionInABlock() throws IOException {
    // The second track begins 7 columns later, so that every column moves to another place.
    PcmArray whole = PcmArray.noise(20 * PcmSource.SAMPLE_RATE);
    int shift = 7;
    PcmArray later =
        new PcmArray(
            Arrays.copyOfRange(whole.pcm(), shift * PowerSpectrum.HOP, (int) whole.samples()));
    float[] a = logMel.window(whole, 0, 0);
    float[] b = logMel.window(later, 0, 0);
    // The first two and the last two columns of a track see its mirrored ends.
    for (int column = 2; column < LogMel.columns(later.samples()) - 2; column++) {
      for (int band = 0; band < LogMel.BANDS; band++) {
        assertThat(b[band * LogMel.WINDOW_COLUMNS + column])
            .isEqualTo(a[band * LogMel.WINDOW_COLUMNS + column + shift]);
      }
    }
  }

  @Test
  void aWindowInTheMiddleIncludesTheSamplesAroundIt() throws IOException {
    PcmArray whole = PcmArray.noise(2 * WINDOW_SAMPLES + 5000);
    int early = 10 * PowerSpectrum.HOP;
    PcmArray tail =
        new PcmArray(
            Arrays.copyOfRange(whole.pcm(), WINDOW_SAMPLES - early, (int) whole.samples()));
    float[] second = logMel.window(whole, LogMel.WINDOW_COLUMNS, 0);
    float[] fromTail = logMel.window(tail, 0, 0);
    for (int band = 0; band < LogMel.BANDS; band++) {
      int row = band * LogMel.WINDOW_COLUMNS;
      assertThat(Arrays.copyOfRange(second, row, row + 2900))
          .isEqualTo(Arrays.copyOfRange(fromTail, row + 10, row + 2910));
    }
  }

  @Test
  void thePeakIsThatOfTheWholeTrack() throws IOException {
    PcmArray track = PcmArray.noise(3 * WINDOW_SAMPLES / 2);
    float peak = logMel.peak(track);
    float highest = 0;
    for (int i = 0; i < 2; i++) {
      for (float value : logMel.window(track, (long) i * LogMel.WINDOW_COLUMNS, peak)) {
        highest = Math.max(highest, value);
      }
    }
    assertThat(highest).isEqualTo((peak + 4) / 4);
  }

  @Test
  void toneFillsTheBandAtItsPitch() throws IOException {
    short[] pcm = new short[PcmSource.SAMPLE_RATE];
    for (int i = 0; i < pcm.length; i++) {
      pcm[i] = (short) Math.round(8192 * Math.sin(2 * Math.PI * 1000 * i / PcmSource.SAMPLE_RATE));
    }
    PcmArray track = new PcmArray(pcm);
    float peak = logMel.peak(track);
    // 1 kHz is bin 25. A sine of amplitude a under a Hann window has |X| = a 400 / 4 there and half
    // of it in the neighbouring bins.
    double amplitude = 0.25 * 400 / 4;
    MelFilterBank bank = new MelFilterBank(LogMel.BANDS, 201, PcmSource.SAMPLE_RATE);
    double[] power = new double[201];
    power[25] = amplitude * amplitude;
    power[24] = power[25] / 4;
    power[26] = power[25] / 4;
    double expected = 0;
    for (int band = 0; band < LogMel.BANDS; band++) {
      expected = Math.max(expected, bank.apply(band, power));
    }
    assertThat((double) peak).isCloseTo(Math.log10(expected), within(1e-3));
  }

  @Test
  void silenceIsTheFloor() throws IOException {
    PcmArray track = new PcmArray(new short[16_000]);
    float peak = logMel.peak(track);
    assertThat(peak).isEqualTo(-10f);
    float[] window = logMel.window(track, 0, peak);
    assertThat(window[0]).isEqualTo(-1.5f);
    assertThat(window[100]).as("after the end").isEqualTo(0f);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 159, 160, 161, 199, 200, 201, 320, 399, 400, 401})
  void shortTrackGivesOneColumnForEachWholeHop(int samples) throws IOException {
    short[] pcm = new short[samples];
    Arrays.fill(pcm, (short) 8192);
    PcmArray track = new PcmArray(pcm);
    float peak = logMel.peak(track);
    float[] window = logMel.window(track, 0, peak);
    for (int column = 0; column < 5; column++) {
      float lowestBand = window[column];
      if (column < samples / 160) {
        // A constant signal stays constant when mirrored, so all columns are equal.
        assertThat(lowestBand).isEqualTo((peak + 4) / 4);
      } else {
        assertThat(lowestBand).isEqualTo(0f);
      }
    }
  }

  @Test
  void aWindowAfterTheTrackIsEmpty() throws IOException {
    assertThat(logMel.window(PcmArray.noise(16_000), LogMel.WINDOW_COLUMNS, 0)).containsOnly(0f);
  }
}
