package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_UNSPECIFIED;
import static org.bytedeco.ffmpeg.global.avutil.av_color_primaries_name;
import static org.bytedeco.ffmpeg.global.avutil.av_color_space_name;
import static org.bytedeco.ffmpeg.global.avutil.av_color_transfer_name;
import static org.bytedeco.ffmpeg.global.swscale.sws_test_colorspace;
import static org.bytedeco.ffmpeg.global.swscale.sws_test_primaries;
import static org.bytedeco.ffmpeg.global.swscale.sws_test_transfer;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.javacpp.BytePointer;

/**
 * The interpretation of a stream's samples as colours: the code points of ITU-T H.273, which
 * FFmpeg's enumerations share.
 *
 * @param range AVColorRange: 0 unknown, 1 limited (16…235), 2 full (0…255)
 * @param matrix AVColorSpace: 1 BT.709, 5 and 6 BT.601, 9 BT.2020, 2 unknown, …
 * @param primaries AVColorPrimaries
 * @param transfer AVColorTransferCharacteristic
 */
public record ColorTags(int range, int matrix, int primaries, int transfer)
    implements Serializable {

  /**
   * The tags that FFmpeg's scaler refuses: those of matrices such as BT.2020 constant luminance and
   * YCgCo, of logarithmic transfers, and reserved values. Pictures with them are converted as
   * untagged.
   *
   * @return kind and name of each, such as {@code matrix bt2020c}; empty if all are known
   */
  public List<String> refused() {
    List<String> refused = new ArrayList<>();
    if (convertibleMatrix() != matrix) {
      refused.add("matrix " + name(av_color_space_name(matrix), matrix));
    }
    if (sws_test_primaries(primaries, 0) == 0) {
      refused.add("primaries " + name(av_color_primaries_name(primaries), primaries));
    }
    if (sws_test_transfer(transfer, 0) == 0) {
      refused.add("transfer " + name(av_color_transfer_name(transfer), transfer));
    }
    return refused;
  }

  private static String name(BytePointer name, int value) {
    return name == null || name.isNull() || name.getString().equals("reserved")
        ? String.valueOf(value)
        : name.getString();
  }

  /** The matrix; that of untagged pictures if the scaler refuses it. */
  int convertibleMatrix() {
    return sws_test_colorspace(matrix, 0) == 0 ? AVCOL_SPC_UNSPECIFIED : matrix;
  }

  /** Removes the tags of a picture that FFmpeg's scaler refuses. */
  static void dropRefused(AVFrame picture) {
    if (sws_test_colorspace(picture.colorspace(), 0) == 0) {
      picture.colorspace(AVCOL_SPC_UNSPECIFIED);
    }
    if (sws_test_primaries(picture.color_primaries(), 0) == 0) {
      picture.color_primaries(AVCOL_PRI_UNSPECIFIED);
    }
    if (sws_test_transfer(picture.color_trc(), 0) == 0) {
      picture.color_trc(AVCOL_TRC_UNSPECIFIED);
    }
  }
}
