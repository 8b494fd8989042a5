package io.latentsync.media;

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
record YuvMatrix(double kr, double kb, boolean full) {

  /** The matrix that FFmpeg's scaler uses for an AVColorSpace; BT.601 if it is unspecified. */
  static YuvMatrix of(int colorspace, boolean full) {
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

  /** The luma sample of a colour; r, g, b in 0…255. */
  byte luma(double r, double g, double b) {
    double y = weigh(r, g, b);
    return sample(full ? y : 16 + y * 219 / 255);
  }

  /** The Cb sample of a colour. */
  byte cb(double r, double g, double b) {
    return chroma((b - weigh(r, g, b)) / (2 * (1 - kb)));
  }

  /** The Cr sample of a colour. */
  byte cr(double r, double g, double b) {
    return chroma((r - weigh(r, g, b)) / (2 * (1 - kr)));
  }

  private double weigh(double r, double g, double b) {
    return kr * r + (1 - kr - kb) * g + kb * b;
  }

  private byte chroma(double c) {
    return sample(128 + (full ? c : c * 224 / 255));
  }

  private static byte sample(double value) {
    return (byte) Math.max(0, Math.min(255, (int) Math.floor(value + 0.5)));
  }
}
