package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avformat.AVFMT_TS_DISCONT;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;

/**
 * Continues the timestamps of a stream where they restart, as in parts that were recorded one after
 * the other and joined byte by byte. Only formats whose timestamps may restart are changed, such as
 * MPEG-TS and VOB. The rule is that of the ffmpeg program (dts_delta_threshold): a packet's
 * decoding time that is more than 10 s from the end of the previous packet, or more than 0.1 s
 * before its start, becomes the end of the previous packet; later packets are shifted like it.
 */
final class RestartedTimestamps {
  /** In seconds. */
  private static final double LONGEST_GAP = 10;

  /** In seconds. */
  private static final double LONGEST_STEP_BACK = 0.1;

  private final boolean possible;

  /** Ticks of the stream's time base per second. */
  private final double second;

  private long previous = AV_NOPTS_VALUE;
  private long next;
  private long offset;
  private boolean any;

  RestartedTimestamps(AVFormatContext format, AVStream stream) {
    possible = (format.iformat().flags() & AVFMT_TS_DISCONT) != 0;
    second = (double) stream.time_base().den() / stream.time_base().num();
  }

  /** Corrects the timestamps of the next packet of the stream, in decoding order. */
  void correct(AVPacket packet) {
    if (!possible || packet.dts() == AV_NOPTS_VALUE) {
      return;
    }
    long time = packet.dts() + offset;
    boolean restart =
        previous != AV_NOPTS_VALUE
            && (Math.abs((double) time - next) > LONGEST_GAP * second
                || time + LONGEST_STEP_BACK * second < previous);
    if (restart) {
      offset += next - time;
      time = next;
      any = true;
    }
    previous = time;
    next = time + packet.duration();
    packet.dts(time);
    if (packet.pts() != AV_NOPTS_VALUE) {
      packet.pts(packet.pts() + offset);
    }
  }

  /** Whether the timestamps restarted so far. */
  boolean any() {
    return any;
  }
}
