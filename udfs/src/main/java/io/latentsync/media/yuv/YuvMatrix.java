package io.latentsync.media.yuv;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT2020_NCL;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_FCC;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_SMPTE240M;

/**
 * From 8-bit R'G'B' to 8-bit Y'CbCr, as ITU-R BT.601, BT.709 and BT.2020 define it: {@code Y' = kr
 * R' + kg G' + kb B'}, {@code Cb = (B' − Y') / (2 (1 − kb))}, {@code Cr = (R' − Y') / (2 (1 −
 * kr))}.
 *
 * @param kr the weight of red in luma
 * @param kb the weight of blue in luma
 * @param full luma and chroma fill 0…255; else luma 16…235 and chroma 16…240
 */
public record YuvMatrix(double kr, double kb, boolean full) {

  /** The matrix that FFmpeg's scaler uses for an AVColorSpace; BT.601 if it is unspecified. */
  public static YuvMatrix of(int colorspace, boolean full) {
    if (colorspace == AVCOL_SPC_BT709) {
      return new YuvMatrix(0.2126, 0.0722, full);
    } else if (colorspace == AVCOL_SPC_BT2020_NCL) {
      return new YuvMatrix(0.2627, 0.0593, full);
    } else if (colorspace == AVCOL_SPC_SMPTE240M) {
      return new YuvMatrix(0.212, 0.087, full);
    } else if (colorspace == AVCOL_SPC_FCC) {
      return new YuvMatrix(0.30, 0.11, full);
    }
    return new YuvMatrix(0.299, 0.114, full);
  }

  /** The weighted sum Y' of a colour, 0…255; r, g, b in 0…255. */
  double weigh(double r, double g, double b) {
    return kr * r + (1 - kr - kb) * g + kb * b;
  }

  /** The luma sample of a colour. */
  byte luma(double r, double g, double b) {
    return luma(weigh(r, g, b));
  }

  /** The luma sample of a weighted sum. */
  byte luma(double y) {
    // Positive, so the conversion rounds down.
    return (byte) (int) ((full ? y : 16 + y * 219 / 255) + 0.5);
  }

  /**
   * The Cb sample of a colour.
   *
   * @param b its blue
   * @param y its weighted sum
   */
  byte cb(double b, double y) {
    return chroma((b - y) / (2 * (1 - kb)));
  }

  /**
   * The Cr sample of a colour.
   *
   * @param r its red
   * @param y its weighted sum
   */
  byte cr(double r, double y) {
    return chroma((r - y) / (2 * (1 - kr)));
  }

  private byte chroma(double c) {
    return (byte) Math.min(255, (int) (128 + (full ? c : c * 224 / 255) + 0.5));
  }
}
