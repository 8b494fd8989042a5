package io.latentsync.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * Continues the timestamps of a file where they restart, as in parts that were recorded one after
 * the other and joined byte by byte. All streams have the same offset, so that they stay in sync.
 * The rule is that of the ffmpeg program (dts_delta_threshold): if the decoding time of a packet is
 * more than 10 s from the end of its stream's previous packet, or more than 0.1 s before its start,
 * the packet begins at that end, and all later packets of the file are shifted like it. In contrast
 * to that program, a packet of another stream that still belongs to the part before does not count
 * as a restart.
 */
final class RestartedTimestamps {
  /** In seconds. */
  private static final double LONGEST_GAP = 10;

  /** In seconds. */
  private static final double LONGEST_STEP_BACK = 0.1;

  /** Start and end of a stream's previous packet, in seconds, with the offset. */
  private record Span(double start, double end) {
    boolean isNear(double time) {
      return Math.abs(time - end) <= LONGEST_STEP_BACK;
    }

    boolean isFollowedBy(double time) {
      return Math.abs(time - end) <= LONGEST_GAP && time + LONGEST_STEP_BACK >= start;
    }
  }

  private final Map<Integer, Span> previous = new HashMap<>();

  /** In seconds. */
  private double offset;

  /** The offset before the last restart. */
  private double earlier;

  private boolean any;

  /**
   * Corrects the timestamps of the next packet, in the order of the file.
   *
   * @param base the time base of its stream
   */
  void correct(AVPacket packet, AVRational base) {
    if (packet.dts() == AV_NOPTS_VALUE) {
      return;
    }
    double tick = (double) base.num() / base.den();
    double own = packet.dts() * tick;
    double shift = offset;
    Span before = previous.get(packet.stream_index());
    if (before != null && any && !before.isNear(own + offset) && before.isNear(own + earlier)) {
      shift = earlier;
    } else if (before != null && !before.isFollowedBy(own + offset)) {
      earlier = offset;
      offset = before.end() - own;
      shift = offset;
      any = true;
    }
    double time = own + shift;
    previous.put(packet.stream_index(), new Span(time, time + packet.duration() * tick));
    if (any) {
      long ticks = Math.round(shift / tick);
      packet.dts(packet.dts() + ticks);
      if (packet.pts() != AV_NOPTS_VALUE) {
        packet.pts(packet.pts() + ticks);
      }
    }
  }

  /** Forgets the previous packets, because the next one is elsewhere in the file. */
  void jump() {
    previous.clear();
  }

  /** Whether the timestamps restarted so far. */
  boolean any() {
    return any;
  }
}
