package io.latentsync.media.video;

import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_get_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_init;
import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_bsf_send_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_copy;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_SMPTE432;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_ICTCP;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set_int;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVBSFContext;
import org.bytedeco.ffmpeg.avcodec.AVBitStreamFilter;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;

/** Adds colour tags to an H.264 stream whose encoder cannot write them. */
final class TaggedH264 implements AutoCloseable {
  /** The last value that x264 writes. */
  private static final int LAST_MATRIX = AVCOL_SPC_ICTCP;

  /** As {@link #LAST_MATRIX}. */
  private static final int LAST_PRIMARIES = AVCOL_PRI_SMPTE432;

  private final Path file;
  private final AVBSFContext filter = new AVBSFContext(null);

  /**
   * A filter for the packets of an encoder.
   *
   * @param encoder open, with its headers in its extradata
   */
  TaggedH264(AVCodecContext encoder, ColorTags tags, Path file) throws MediaException {
    this.file = file;
    AVBitStreamFilter metadata = av_bsf_get_by_name("h264_metadata");
    Av.checkMemory(av_bsf_alloc(metadata, filter));
    boolean opened = false;
    try {
      check(avcodec_parameters_from_context(filter.par_in(), encoder));
      filter.time_base_in(encoder.time_base());
      set("matrix_coefficients", tags.matrix());
      set("colour_primaries", tags.primaries());
      set("transfer_characteristics", tags.transfer());
      check(av_bsf_init(filter));
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /** Whether encoders omit a tag. */
  static boolean isNeeded(ColorTags tags) {
    return tags.matrix() > LAST_MATRIX || tags.primaries() > LAST_PRIMARIES;
  }

  private void set(String option, int value) throws MediaException {
    check(av_opt_set_int(filter.priv_data(), option, value, 0));
  }

  /** Describes the stream to the muxer. */
  void describe(AVCodecParameters stream) throws MediaException {
    check(avcodec_parameters_copy(stream, filter.par_out()));
  }

  /** Changes a packet. */
  void apply(AVPacket packet) throws MediaException {
    check(av_bsf_send_packet(filter, packet));
    check(av_bsf_receive_packet(filter, packet));
  }

  private void check(int result) throws MediaException {
    Av.check(result, file, "its colour tags cannot be written");
  }

  @Override
  public void close() {
    av_bsf_free(filter);
  }
}
