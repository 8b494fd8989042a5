package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_CONTENT_LIGHT_LEVEL;
import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_MASTERING_DISPLAY_METADATA;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_side_data;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_side_data_new;

import io.latentsync.media.Av;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Static metadata of an HDR video: the colour volume of the mastering display (SMPTE ST 2086) and
 * the content light level (CTA-861.3). They pass from the source to the output unchanged.
 *
 * @param mastering the integers of FFmpeg's AVMasteringDisplayMetadata; empty if the video has none
 * @param light the integers of FFmpeg's AVContentLightMetadata; empty if the video has none
 */
public record HdrMetadata(List<Integer> mastering, List<Integer> light) implements Serializable {
  /** No metadata. */
  public static final HdrMetadata NONE = new HdrMetadata(List.of(), List.of());

  /** The metadata of a decoded picture, to which the decoder has added that of the container. */
  static HdrMetadata of(AVFrame picture) {
    return new HdrMetadata(
        integers(picture, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA),
        integers(picture, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL));
  }

  private static List<Integer> integers(AVFrame picture, int type) {
    AVFrameSideData side = av_frame_get_side_data(picture, type);
    if (side == null || side.isNull()) {
      return List.of();
    }
    int[] integers = new int[(int) (side.size() / Integer.BYTES)];
    new IntPointer(side.data()).get(integers);
    return Arrays.stream(integers).boxed().collect(Collectors.toUnmodifiableList());
  }

  /** Passes the metadata to an encoder that is not open yet; it writes them to its stream. */
  void describe(AVCodecContext encoder) {
    if (mastering.isEmpty() && light.isEmpty()) {
      return;
    }
    // FFmpeg allocates and moves the array.
    PointerPointer<AVFrameSideData> array = new PointerPointer<>();
    int[] number = {0};
    add(array, number, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, mastering);
    add(array, number, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, light);
    // The context owns it from here on.
    encoder.decoded_side_data(array);
    encoder.nb_decoded_side_data(number[0]);
  }

  private static void add(
      PointerPointer<AVFrameSideData> array, int[] number, int type, List<Integer> integers) {
    if (integers.isEmpty()) {
      return;
    }
    AVFrameSideData side =
        Av.allocated(
            av_frame_side_data_new(array, number, type, (long) Integer.BYTES * integers.size(), 0));
    new IntPointer(side.data()).put(integers.stream().mapToInt(Integer::intValue).toArray());
  }
}
