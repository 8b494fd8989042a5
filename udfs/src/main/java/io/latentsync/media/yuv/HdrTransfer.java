package io.latentsync.media.yuv;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_ARIB_STD_B67;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_SMPTE2084;

import java.util.Arrays;
import java.util.Optional;

/**
 * The transfer functions of ITU-R BT.2100: from a component of the signal, 0 to 1, to light in
 * units of the reference white of 203 cd/m² (ITU-R BT.2408), and back.
 */
public enum HdrTransfer {
  /** The perceptual quantiser: the EOTF of SMPTE ST 2084, up to 10,000 cd/m². */
  PQ(AVCOL_TRC_SMPTE2084) {
    @Override
    double light(double signal) {
      double root = StrictMath.pow(signal, 1 / M2);
      double linear = StrictMath.pow(Math.max(0, root - C1) / (C2 - C3 * root), 1 / M1);
      return 10_000 * linear / WHITE;
    }

    @Override
    double signal(double light) {
      double power = StrictMath.pow(light * WHITE / 10_000, M1);
      return StrictMath.pow((C1 + C2 * power) / (1 + C3 * power), M2);
    }
  },

  /**
   * Hybrid log-gamma, ARIB STD-B67: the inverse of the OETF gives the light E of the scene, of
   * which a display of 1000 cd/m² with gamma 1.2 shows 1000 E^1.2 cd/m². The gamma is applied to
   * each component.
   */
  HLG(AVCOL_TRC_ARIB_STD_B67) {
    @Override
    double light(double signal) {
      double scene =
          signal <= 0.5 ? signal * signal / 3 : (StrictMath.exp((signal - C) / A) + B) / 12;
      return 1000 * StrictMath.pow(scene, 1.2) / WHITE;
    }

    @Override
    double signal(double light) {
      double scene = StrictMath.pow(light * WHITE / 1000, 1 / 1.2);
      return scene <= 1 / 12.0 ? Math.sqrt(3 * scene) : A * StrictMath.log(12 * scene - B) + C;
    }
  };

  /** Reference white in cd/m². */
  static final double WHITE = 203;

  private static final double M1 = 2610 / 16384.0;
  private static final double M2 = 128 * 2523 / 4096.0;
  private static final double C1 = 3424 / 4096.0;
  private static final double C2 = 32 * 2413 / 4096.0;
  private static final double C3 = 32 * 2392 / 4096.0;

  private static final double A = 0.17883277;
  private static final double B = 1 - 4 * A;
  private static final double C = 0.55991073;

  private final int tag;

  HdrTransfer(int tag) {
    this.tag = tag;
  }

  /**
   * The transfer function of a video.
   *
   * @param tag FFmpeg's AVColorTransferCharacteristic
   * @return empty for SDR
   */
  public static Optional<HdrTransfer> of(int tag) {
    return Arrays.stream(values()).filter(transfer -> transfer.tag == tag).findFirst();
  }

  /** Light of a signal. */
  abstract double light(double signal);

  /** Signal of light, 0 or more. */
  abstract double signal(double light);
}
