package io.latentsync.media.yuv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_ARIB_STD_B67;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE2084;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ToneCurveTest {
  private static ToneCurve curve(HdrTransfer transfer) {
    return ToneCurve.of(transfer == HdrTransfer.PQ ? AVCOL_TRC_SMPTE2084 : AVCOL_TRC_ARIB_STD_B67)
        .orElseThrow();
  }

  /**
   * Expected luminances are those of ITU-R BT.2408-7, tables 1 and 2 (signal of HDR reference
   * levels).
   */
  @ParameterizedTest
  @CsvSource({
    "PQ, 0.58, 203",
    "HLG, 0.75, 203",
    "PQ, 0.38, 26",
    "HLG, 0.38, 26",
    "PQ, 1.00, 10000",
    "HLG, 1.00, 1000"
  })
  void signalsHaveTheLuminancesOfTheStandards(HdrTransfer curve, double signal, double luminance) {
    assertThat(203 * curve.light(signal)).isCloseTo(luminance, within(0.02 * luminance));
    assertThat(curve.signal(luminance / 203)).isCloseTo(signal, within(0.005));
  }

  @ParameterizedTest
  @EnumSource
  void each8BitColourSurvivesTheWayToTheSignalAndBack(HdrTransfer transfer) {
    ToneCurve curve = curve(transfer);
    double[] signal = new double[3];
    byte[] back = new byte[3];
    int largest = 0;
    for (int r = 0; r < 256; r += 15) {
      for (int g = 0; g < 256; g += 5) {
        for (int b = 0; b < 256; b += 15) {
          curve.of(r, g, b, signal);
          short[] sixteen = new short[3];
          for (int c = 0; c < 3; c++) {
            assertThat(signal[c]).isBetween(0.0, 1.0);
            sixteen[c] = (short) Math.round(65_535 * signal[c]);
          }
          curve.toSdr(sixteen, back, 0);
          largest = Math.max(largest, Math.abs((back[0] & 255) - r));
          largest = Math.max(largest, Math.abs((back[1] & 255) - g));
          largest = Math.max(largest, Math.abs((back[2] & 255) - b));
        }
      }
    }
    assertThat(largest).isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void brighterSignalsNeverBecomeDarker(HdrTransfer transfer) {
    ToneCurve curve = curve(transfer);
    byte[] sdr = new byte[3];
    int before = 0;
    for (int i = 0; i <= 65_535; i += 15) {
      curve.toSdr(new short[] {(short) i, (short) i, (short) i}, sdr, 0);
      assertThat(sdr[1] & 255).isGreaterThanOrEqualTo(before);
      before = sdr[1] & 255;
    }
    assertThat(before).isEqualTo(255);
  }

  /** Skin (sRGB 224, 172, 140) on displays that show it up to four times as bright. */
  @ParameterizedTest
  @EnumSource
  void aBrightFaceKeepsItsHueAndSaturation(HdrTransfer transfer) {
    ToneCurve curve = curve(transfer);
    double[] signal = new double[3];
    curve.of(224, 172, 140, signal);
    double[] light = new double[3];
    for (int c = 0; c < 3; c++) {
      light[c] = transfer.light(signal[c]);
    }
    byte[] sdr = new byte[3];
    for (double exposure : new double[] {0.25, 1, 2, 4}) {
      short[] sixteen = new short[3];
      for (int c = 0; c < 3; c++) {
        sixteen[c] = (short) Math.round(65_535 * transfer.signal(exposure * light[c]));
      }
      curve.toSdr(sixteen, sdr, 0);
      double red = linear(sdr[0]);
      assertThat(linear(sdr[1]) / red)
          .isCloseTo(linear((byte) 172) / linear((byte) 224), within(0.02));
      assertThat(linear(sdr[2]) / red)
          .isCloseTo(linear((byte) 140) / linear((byte) 224), within(0.02));
    }
  }

  /** The light of an 8-bit value, IEC 61966-2-1. */
  private static double linear(byte value) {
    return Math.pow(((value & 255) / 255.0 + 0.055) / 1.055, 2.4);
  }

  /** A label must not be as bright as the display can show. */
  @ParameterizedTest
  @CsvSource({"PQ, 0.58", "HLG, 0.75"})
  void whiteGraphicsAreTheReferenceWhite(HdrTransfer transfer, double signal) {
    ToneCurve curve = curve(transfer);
    assertThat(curve.ofGrey(255)).isCloseTo(signal, within(0.005));
  }
}
