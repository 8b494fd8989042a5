package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import io.latentsync.media.DeclaredEnd;
import io.latentsync.media.MediaException;
import io.latentsync.media.StreamDecoder;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * The sound track of any file as mono, signed 16-bit samples at 16 kHz, from time 0 of the file:
 * the output of {@code ffmpeg -ac 1 -ar 16000 -c:a pcm_s16le}. The time before a late start, gaps
 * in the timestamps, and samples that are NaN, infinite or out of range become silence.
 */
public final class AudioReader implements AutoCloseable {
  /** Sample rate of {@link #read}, in Hz. */
  public static final int SAMPLE_RATE = 16_000;

  private final Path file;
  private final StreamDecoder track;
  private final Resampler resampler;
  private AVFrame frame;
  private ShortBuffer samples = ShortBuffer.allocate(0);

  private AudioReader(Path file) throws MediaException {
    this.file = file;
    track = new StreamDecoder(file, AVMEDIA_TYPE_AUDIO);
    AVChannelLayout mono = new AVChannelLayout();
    av_channel_layout_default(mono, 1);
    resampler = new Resampler(track, file, AV_SAMPLE_FMT_S16, SAMPLE_RATE, mono);
    mono.close();
    boolean speaking = false;
    try {
      if (!fill()) {
        throw new MediaException(file, "has an audio stream without samples");
      }
      speaking = true;
    } finally {
      if (!speaking) {
        close();
      }
    }
  }

  /**
   * The properties of the sound track that FFmpeg selects as the best of a file.
   *
   * @throws MediaException if the file is missing, unreadable, or has no sound
   */
  public static AudioProbe probe(Path file) throws IOException {
    try (AudioReader reader = open(file)) {
      AVStream stream = reader.track.stream();
      double seconds = 0;
      if (stream.duration() != AV_NOPTS_VALUE) {
        seconds = (double) stream.duration() * stream.time_base().num() / stream.time_base().den();
      } else if (reader.track.format().duration() != AV_NOPTS_VALUE) {
        seconds = (double) reader.track.format().duration() / AV_TIME_BASE;
      }
      return new AudioProbe(
          stream.codecpar().sample_rate(),
          stream.codecpar().ch_layout().nb_channels(),
          seconds,
          reader.track.codecName());
    }
  }

  /**
   * Opens the sound track that FFmpeg selects as the best of a file.
   *
   * @throws MediaException if the file is missing, unreadable, or has no sound
   */
  public static AudioReader open(Path file) throws IOException {
    return new AudioReader(file);
  }

  /**
   * Fills the buffer with the next samples.
   *
   * @return the number of samples: the buffer's length, fewer only at the end, −1 after it
   * @throws MediaException if the file cannot be read further
   */
  public int read(short[] buffer) throws IOException {
    int count = 0;
    while (count < buffer.length && fill()) {
      int some = Math.min(buffer.length - count, samples.remaining());
      samples.get(buffer, count, some);
      count += some;
    }
    return count == 0 && buffer.length > 0 ? -1 : count;
  }

  /** The faulty samples that were replaced by silence so far. */
  public SoundRepairs repairs() {
    return resampler.repairs();
  }

  /**
   * The missing parts of the sound; valid after all of it was read.
   *
   * @throws MediaException if the file cannot be read
   */
  public SoundDamage damage() throws IOException {
    double end = resampler.seconds();
    double declared = DeclaredEnd.declared(file, track);
    long failed = track.failures();
    double missing = DeclaredEnd.missing(file, track, end, declared);
    return new SoundDamage(
        failed, end * failed / Math.max(1, track.sent()), missing, Math.max(end, declared));
  }

  /** Loads the next samples if none remain; false at the end. */
  private boolean fill() throws MediaException {
    if (samples.hasRemaining()) {
      return true;
    }
    release();
    frame = resampler.next();
    if (frame == null) {
      return false;
    }
    samples =
        frame
            .data(0)
            .capacity(2L * frame.nb_samples())
            .asByteBuffer()
            .order(ByteOrder.nativeOrder())
            .asShortBuffer();
    return true;
  }

  private void release() {
    samples = ShortBuffer.allocate(0);
    if (frame != null) {
      av_frame_free(frame);
      frame = null;
    }
  }

  @Override
  public void close() {
    release();
    resampler.close();
    track.close();
  }
}
