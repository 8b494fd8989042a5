package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avformat.AVFMT_TS_DISCONT;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_copy_props;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_move_ref;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_samples_set_silence;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import io.latentsync.media.MediaLimits;
import io.latentsync.media.StreamDecoder;
import io.latentsync.memory.NativeMemoryException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;

/**
 * The decoded samples of a sound track, from time 0 of its file. The time before a late start, gaps
 * in the timestamps and invalid samples become silence.
 */
final class SoundFrames implements AutoCloseable {
  private static final int SILENT_SAMPLES = 4096;

  /** Longest gap, in seconds; a pause in a recording may be long. */
  private static final double LONGEST_HOLE = 3600;

  /** Longest gap in formats whose timestamps may restart, in seconds; as in the ffmpeg program. */
  private static final double LONGEST_HOLE_WITH_JUMPS = 10;

  /** Unit of a file's start time, in seconds. */
  private static final double TICK = 1.0 / AV_TIME_BASE;

  /** AVI has no timestamps; FFmpeg derives them from packet sizes, wrongly for some codecs. */
  private static final String AVI = "avi";

  private final StreamDecoder track;
  private final Path file;
  private final boolean timed;
  private final SoundTimeline timeline;
  private final SampleRepair repair = new SampleRepair();
  private final AVFrame held = Av.allocated(av_frame_alloc());
  private boolean begun;
  private boolean holding;
  private long silence;

  /** Reads a track from its current position. */
  SoundFrames(StreamDecoder track, Path file) {
    this.track = track;
    this.file = file;
    boolean jumps = (track.format().iformat().flags() & AVFMT_TS_DISCONT) != 0;
    this.timed = !track.format().iformat().name().getString().equals(AVI);
    this.timeline = new SoundTimeline(jumps ? LONGEST_HOLE_WITH_JUMPS : LONGEST_HOLE);
  }

  /** Moves the next samples into a frame; false at the end. */
  boolean next(AVFrame frame) throws MediaException {
    if (!holding) {
      do {
        if (!track.nextFrame(held)) {
          return false;
        }
      } while (isDuplicate());
      MediaLimits.requireSampleRate(file, held.sample_rate());
      MediaLimits.requireChannels(file, held.ch_layout().nb_channels());
      repair.apply(held);
      silence = silenceBefore();
      timeline.add(held.nb_samples(), held.sample_rate());
      MediaLimits.requireDuration(file, timeline.seconds());
      holding = true;
    }
    av_frame_unref(frame);
    if (silence > 0) {
      fillSilent(frame, (int) Math.min(silence, SILENT_SAMPLES));
      silence -= frame.nb_samples();
    } else {
      av_frame_move_ref(frame, held);
      holding = false;
    }
    return true;
  }

  /** The faulty samples that were replaced so far. */
  SoundRepairs repairs() {
    return repair.repairs();
  }

  /** The end of the samples so far, in seconds after time 0 of the file. */
  double seconds() {
    return timeline.seconds();
  }

  /**
   * Whether the whole of a piece overlaps the sound before it. Where parts were joined, each has an
   * encoder's delay and padding; all of them together would make the sound late.
   */
  private boolean isDuplicate() {
    long stamp = held.best_effort_timestamp();
    return begun
        && track.restarted()
        && stamp != AV_NOPTS_VALUE
        && timeline.overlap(seconds(stamp)) * held.sample_rate() >= held.nb_samples();
  }

  private long silenceBefore() {
    long stamp = held.best_effort_timestamp();
    if (stamp == AV_NOPTS_VALUE) {
      begun = true;
      return 0;
    }
    double time = seconds(stamp);
    if (begun) {
      return timed ? timeline.hole(time, held.sample_rate()) : 0;
    }
    begun = true;
    return timeline.begin(lead(time), time, held.sample_rate());
  }

  /**
   * The time between time 0 of the file and the first decoded sample, in seconds. The track's first
   * packet is not decisive: a decoder may return no samples for it, or cut them off.
   */
  private double lead(double time) {
    long stamp = track.stream().start_time();
    double start = stamp == AV_NOPTS_VALUE ? time : seconds(stamp);
    double origin = origin();
    if (!timed) {
      return start - origin;
    }
    boolean first = start <= origin + TICK;
    // Samples before timestamp 0 are the encoder's delay; the pictures start at 0.
    return time - (first ? Math.max(0, origin) : origin);
  }

  /** Time 0 of the file, common to all its tracks. */
  private double origin() {
    long start = track.format().start_time();
    return start == AV_NOPTS_VALUE ? 0 : (double) start / AV_TIME_BASE;
  }

  private double seconds(long stamp) {
    AVStream stream = track.stream();
    AVRational base = stream.time_base();
    return (double) stamp * base.num() / base.den();
  }

  /** Fills a frame with silence in the format of the samples that follow it. */
  private void fillSilent(AVFrame frame, int samples) {
    frame.format(held.format()).sample_rate(held.sample_rate()).nb_samples(samples);
    if (av_frame_copy_props(frame, held) < 0
        || av_channel_layout_copy(frame.ch_layout(), held.ch_layout()) < 0
        || av_frame_get_buffer(frame, 0) < 0) {
      throw new NativeMemoryException();
    }
    frame.sample_rate(held.sample_rate());
    av_samples_set_silence(
        frame.extended_data(), 0, samples, held.ch_layout().nb_channels(), held.format());
  }

  @Override
  public void close() {
    av_frame_free(held);
  }
}
