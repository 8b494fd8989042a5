package io.latentsync.media.yuv;

import java.util.Optional;

/**
 * The map between the R'G'B' signal of an HDR video and 8-bit SDR pictures, on which detectors and
 * networks were trained. From HDR to SDR:
 *
 * <ol>
 *   <li>Each component of the signal becomes light by its {@link HdrTransfer}.
 *   <li>A matrix converts the primaries of BT.2020, which BT.2100 prescribes, to those of BT.709
 *       (ITU-R BT.2087). Colours outside are clipped.
 *   <li>A shoulder compresses colours whose largest component x is above the knee k = 0.6, with the
 *       slope 1 at the knee and the value 1 at the peak p of 1000 cd/m²: {@code t(x) = k + (1 − k)
 *       u (1 + u / w²) / (1 + u)} with {@code u = (x − k) / (1 − k)} and {@code w = (p − k) / (1 −
 *       k)}. It is the extended curve of Reinhard et al., "Photographic tone reproduction for
 *       digital images" (2002), equation 4, in u. Brighter light is clipped. All components are
 *       multiplied by {@code t(x) / x}, so the hue stays (maxRGB in ITU-R BT.2390): if each
 *       component were compressed, a bright face would be almost white, and its new mouth would get
 *       other colours on the way back.
 *   <li>The transfer function of sRGB (IEC 61966-2-1) gives the 8-bit value.
 * </ol>
 *
 * <p>Each step is invertible for all 8-bit colours, because BT.709's are inside BT.2020's.
 */
public final class ToneCurve implements RgbSignal {
  private static final double PEAK = 1000 / HdrTransfer.WHITE;
  private static final double KNEE = 0.6;
  private static final double SPAN = (PEAK - KNEE) / (1 - KNEE);

  /** Linear BT.709 to linear BT.2020, ITU-R BT.2087. */
  private static final double[][] WIDEN = {
    {0.6274, 0.3293, 0.0433}, {0.0691, 0.9195, 0.0114}, {0.0164, 0.0880, 0.8956}
  };

  /** The inverse of {@link #WIDEN}. */
  private static final double[][] NARROW = {
    {1.660511, -0.587711, -0.072801},
    {-0.124561, 1.132961, -0.008399},
    {-0.018168, -0.100561, 1.118728}
  };

  private static final int LARGEST = 65_535;

  private static final ToneCurve PQ = new ToneCurve(HdrTransfer.PQ);
  private static final ToneCurve HLG = new ToneCurve(HdrTransfer.HLG);

  private final HdrTransfer transfer;

  /** HDR light of each 16-bit signal. */
  private final float[] emitted = new float[LARGEST + 1];

  /** The signal of each HDR light up to the peak, in 1/65535; one more for the interpolation. */
  private final float[] signals = new float[(int) Math.ceil(PEAK * LARGEST) + 2];

  /** The 8-bit value of each SDR light in 1/65535. */
  private final byte[] values = new byte[LARGEST + 1];

  /** The SDR light of each 8-bit value. */
  private final double[] lights = new double[256];

  private ToneCurve(HdrTransfer transfer) {
    this.transfer = transfer;
    for (int i = 0; i <= LARGEST; i++) {
      double value = (double) i / LARGEST;
      emitted[i] = (float) transfer.light(value);
      values[i] = (byte) Math.round(255 * srgb(value));
    }
    for (int i = 0; i < signals.length; i++) {
      signals[i] = (float) Math.min(1, transfer.signal((double) i / LARGEST));
    }
    for (int i = 0; i < lights.length; i++) {
      lights[i] = linear(i / 255.0);
    }
  }

  /**
   * The curve of a video.
   *
   * @param transfer FFmpeg's AVColorTransferCharacteristic
   * @return empty for SDR
   */
  public static Optional<ToneCurve> of(int transfer) {
    return HdrTransfer.of(transfer).map(found -> found == HdrTransfer.PQ ? PQ : HLG);
  }

  /** The shoulder, of light above the knee. */
  private static double compressed(double light) {
    double u = (Math.min(light, PEAK) - KNEE) / (1 - KNEE);
    return KNEE + (1 - KNEE) * u * (1 + u / (SPAN * SPAN)) / (1 + u);
  }

  /** The inverse of {@link #compressed}: the positive root of a quadratic equation. */
  private static double expanded(double shown) {
    double share = (shown - KNEE) / (1 - KNEE);
    double half = (1 - share) * SPAN * SPAN / 2;
    return KNEE + (1 - KNEE) * (Math.sqrt(half * half + share * SPAN * SPAN) - half);
  }

  private static double srgb(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * StrictMath.pow(light, 1 / 2.4) - 0.055;
  }

  private static double linear(double value) {
    return value <= 0.04045 ? value / 12.92 : StrictMath.pow((value + 0.055) / 1.055, 2.4);
  }

  /**
   * Converts pixels to SDR.
   *
   * @param signal R'G'B' in 16 bits, without sign
   * @param sdr receives R, G and B of each pixel
   * @param from index of the first value in sdr
   */
  public void toSdr(short[] signal, byte[] sdr, int from) {
    for (int i = 0; i < signal.length; i += 3) {
      float r = emitted[signal[i] & 0xffff];
      float g = emitted[signal[i + 1] & 0xffff];
      float b = emitted[signal[i + 2] & 0xffff];
      double red = Math.max(0, NARROW[0][0] * r + NARROW[0][1] * g + NARROW[0][2] * b);
      double green = Math.max(0, NARROW[1][0] * r + NARROW[1][1] * g + NARROW[1][2] * b);
      double blue = Math.max(0, NARROW[2][0] * r + NARROW[2][1] * g + NARROW[2][2] * b);
      double most = Math.max(red, Math.max(green, blue));
      double scale = most <= KNEE ? LARGEST : LARGEST * compressed(most) / most;
      sdr[from + i] = values[(int) (red * scale + 0.5)];
      sdr[from + i + 1] = values[(int) (green * scale + 0.5)];
      sdr[from + i + 2] = values[(int) (blue * scale + 0.5)];
    }
  }

  @Override
  public void of(int r, int g, int b, double[] signal) {
    double most = lights[Math.max(r, Math.max(g, b))];
    double scale = most <= KNEE ? LARGEST : LARGEST * expanded(most) / most;
    for (int c = 0; c < 3; c++) {
      double[] row = WIDEN[c];
      double at = scale * (row[0] * lights[r] + row[1] * lights[g] + row[2] * lights[b]);
      int below = (int) Math.min(signals.length - 2, at);
      double share = Math.min(1, at - below);
      signal[c] = signals[below] + share * (signals[below + 1] - signals[below]);
    }
  }

  /** White is the reference white; graphics are not compressed (ITU-R BT.2408). */
  @Override
  public double ofGrey(int grey) {
    return transfer.signal(lights[grey]);
  }
}
