package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import io.latentsync.media.MediaException;
import io.latentsync.media.StreamDecoder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * Mixes sound tracks into a file of 48 kHz and 16 bits, in stereo, or in mono if all tracks are
 * mono. Its format is AU, because a WAV file cannot have more than 4 GiB. The tracks are summed at
 * their own levels from time 0; a mono track sounds on both channels of a stereo mix. A {@link
 * Limiter} prevents clipping. In some ranges the sound of the source video replaces the mix; the
 * two are cross-faded over 10 ms at each border, inside the range.
 */
public final class SoundMix {
  private static final int RATE = 48_000;
  private static final int BLOCK = 4800;

  /** Length of a fade in samples: 10 ms. */
  private static final int FADE = 480;

  /** The header of Sun's and NeXT's AU format. */
  private static final int HEADER_BYTES = 24;

  /** ".snd" */
  private static final int AU = 0x2e736e64;

  private static final int UNKNOWN_LENGTH = 0xffffffff;

  /** The code of samples of 16 bits, big-endian. */
  private static final int LINEAR_16_BITS = 3;

  private SoundMix() {}

  /**
   * A range of time.
   *
   * @param from in seconds
   * @param to in seconds; may be infinite
   */
  public record Range(double from, double to) {}

  /**
   * Writes a mix.
   *
   * @param tracks files with sound, at least one
   * @param source the source video; empty if no range has its sound
   * @param ranges ranges with the source's sound, in any order; they may overlap
   * @param seconds maximum length
   * @param au the file to write
   * @throws MediaException if a file cannot be read or has no sound
   * @throws IOException if the mix cannot be written
   */
  public static void write(
      List<Path> tracks, Optional<Path> source, List<Range> ranges, double seconds, Path au)
      throws IOException {
    List<Track> open = new ArrayList<>();
    try {
      for (Path track : tracks) {
        open.add(new Track(track));
      }
      Optional<Track> own = Optional.empty();
      if (source.isPresent()) {
        own = Optional.of(new Track(source.get()));
        open.add(own.get());
      }
      int channels = open.stream().mapToInt(Track::channels).max().orElseThrow();
      write(open, own, merged(ranges), channels, Math.round(seconds * RATE), au);
    } finally {
      open.forEach(Track::close);
    }
  }

  private static void write(
      List<Track> tracks,
      Optional<Track> source,
      List<Range> ranges,
      int channels,
      long limit,
      Path au)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(au))) {
      out.write(header(channels));
      Limiter limiter = new Limiter(channels);
      float[] mix = new float[channels * BLOCK];
      long written = 0;
      long length = limit;
      // The limiter's output lags behind.
      for (long start = 0; start < length + Limiter.ATTACK; start += BLOCK) {
        Arrays.fill(mix, 0);
        int most = 0;
        for (Track track : tracks) {
          boolean isSource = source.isPresent() && track == source.get();
          int count = track.add(mix, channels, start, ranges, isSource);
          most = Math.max(most, isSource ? 0 : count);
        }
        if (most < BLOCK && start < length) {
          length = Math.min(length, Math.max(start + most, end(ranges, length)));
        }
        limiter.apply(mix, BLOCK);
        int skip = (int) Math.max(0, Math.min(BLOCK, Limiter.ATTACK - start));
        int count = (int) Math.min(BLOCK - skip, length - written);
        out.write(bytes(mix, channels * skip, channels * count));
        written += count;
      }
    }
  }

  /** A header of an unknown number of samples, which end with the file. */
  private static byte[] header(int channels) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .putInt(AU)
        .putInt(HEADER_BYTES)
        .putInt(UNKNOWN_LENGTH)
        .putInt(LINEAR_16_BITS)
        .putInt(RATE)
        .putInt(channels)
        .array();
  }

  /** The ranges in order, those that touch or overlap as one, so that no fade is between them. */
  private static List<Range> merged(List<Range> ranges) {
    List<Range> merged = new ArrayList<>();
    for (Range range : ranges.stream().sorted(Comparator.comparingDouble(Range::from)).toList()) {
      int last = merged.size() - 1;
      if (last >= 0 && range.from() <= merged.get(last).to()) {
        Range before = merged.get(last);
        merged.set(last, new Range(before.from(), Math.max(before.to(), range.to())));
      } else {
        merged.add(range);
      }
    }
    return merged;
  }

  /** The end of the last range in samples, at most the limit. */
  private static long end(List<Range> ranges, long limit) {
    return Math.round(
        Math.min((double) limit, RATE * ranges.stream().mapToDouble(Range::to).max().orElse(0)));
  }

  /** The share of the source's sound in a sample, 0 to 1. */
  private static float share(List<Range> ranges, long sample) {
    float share = 0;
    for (Range range : ranges) {
      double inside = Math.min(sample - range.from() * RATE, range.to() * RATE - sample - 1) / FADE;
      share = Math.max(share, (float) Math.min(1, inside));
    }
    return share;
  }

  private static byte[] bytes(float[] samples, int first, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * count);
    for (int i = first; i < first + count; i++) {
      bytes.putShort((short) Math.round(Short.MAX_VALUE * samples[i]));
    }
    return bytes.array();
  }

  /** The samples of a file as floats, channels interleaved. */
  private static final class Track implements AutoCloseable {
    private final StreamDecoder decoder;
    private final Resampler resampler;
    private final int channels;
    private final float[] block;
    private AVFrame frame;
    private FloatBuffer samples = FloatBuffer.allocate(0);

    Track(Path file) throws MediaException {
      decoder = new StreamDecoder(file, AVMEDIA_TYPE_AUDIO);
      channels = Math.min(2, decoder.stream().codecpar().ch_layout().nb_channels());
      block = new float[channels * BLOCK];
      try (AVChannelLayout layout = new AVChannelLayout()) {
        av_channel_layout_default(layout, channels);
        resampler = new Resampler(decoder, file, AV_SAMPLE_FMT_FLT, RATE, layout);
      }
    }

    /** 1 or 2. */
    int channels() {
      return channels;
    }

    /**
     * Adds the next block to a mix; returns its number of samples, fewer only at the end.
     *
     * @param start position of the block in the mix
     */
    int add(float[] mix, int mixChannels, long start, List<Range> ranges, boolean isSource)
        throws MediaException {
      int count = read();
      List<Range> near =
          ranges.stream()
              .filter(range -> range.from() * RATE < start + BLOCK && range.to() * RATE > start)
              .toList();
      for (int i = 0; i < count; i++) {
        float share = share(near, start + i);
        float gain = isSource ? share : 1 - share;
        for (int c = 0; c < mixChannels; c++) {
          mix[mixChannels * i + c] += gain * block[channels * i + Math.min(c, channels - 1)];
        }
      }
      return count;
    }

    private int read() throws MediaException {
      int count = 0;
      while (count < block.length && fill()) {
        int some = Math.min(block.length - count, samples.remaining());
        samples.get(block, count, some);
        count += some;
      }
      return count / channels;
    }

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
              .capacity((long) Float.BYTES * channels * frame.nb_samples())
              .asByteBuffer()
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      return true;
    }

    private void release() {
      samples = FloatBuffer.allocate(0);
      if (frame != null) {
        av_frame_free(frame);
        frame = null;
      }
    }

    @Override
    public void close() {
      release();
      resampler.close();
      decoder.close();
    }
  }
}
