package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_ID_AAC;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EAGAIN;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_free;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_read;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_size;
import static org.bytedeco.ffmpeg.global.avutil.av_audio_fifo_write;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set_int;
import static org.bytedeco.ffmpeg.global.avutil.av_samples_set_silence;

import io.latentsync.media.Av;
import io.latentsync.media.Container;
import io.latentsync.media.MediaException;
import io.latentsync.media.OutputFile;
import io.latentsync.media.StreamDecoder;
import io.latentsync.time.FrameRate;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVAudioFifo;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/**
 * A file's sound as AAC at 192 kbit/s, with the source's sample rate and channels, cut to a length.
 * Channels for which AAC has no layout are mixed down: to stereo if their positions are known, else
 * to mono.
 */
public final class AacTrack implements AutoCloseable {
  private static final long BIT_RATE = 192_000;
  private static final int SILENT_SAMPLES = 4096;

  /** The rates of ISO/IEC 14496-3, ascending. */
  private static final int[] SAMPLE_RATES = {
    7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000
  };

  private final Path file;
  private final Path output;
  private final End end;
  private final StreamDecoder track;
  private final AVPacket packet = Av.allocated(av_packet_alloc());
  private AVCodecContext encoder;
  private Resampler resampler;
  private AVAudioFifo fifo;
  private long limit;
  private long taken;
  private long sent;
  private boolean sourceEnded;

  /** The end of a track that is shorter than its maximum length. */
  public enum End {
    /** The track stays shorter. */
    EARLY,
    /** Silence follows, up to the maximum length. */
    SILENT
  }

  /**
   * Writes an MP4 that contains only the sound, ready to be joined with the pictures.
   *
   * @param audio any file with sound
   * @param frames maximum length, in video frames
   * @param end policy for a shorter track
   * @param pictures rate of the video frames
   * @param output the file to write; an existing file is replaced, and the file is deleted if
   *     anything fails
   * @throws MediaException if the file cannot be read, has no sound or one that AAC cannot hold
   */
  public static void encode(Path audio, int frames, FrameRate pictures, End end, Path output)
      throws MediaException {
    try (AacTrack track = new AacTrack(audio, output, frames, pictures, end);
        OutputFile mp4 = new OutputFile(output, Container.MP4)) {
      AVStream stream = mp4.newStream();
      track.describe(stream);
      mp4.begin(false);
      for (AVPacket packet = track.next(); packet != null; packet = track.next()) {
        packet.stream_index(stream.index());
        packet.time_base().num(1).den(track.encoder.sample_rate());
        av_packet_rescale_ts(packet, packet.time_base(), stream.time_base());
        mp4.write(packet);
      }
      mp4.finish();
    }
  }

  /**
   * The number of channels before and after encoding.
   *
   * @param source of the file
   * @param encoded of the track, fewer if AAC has no layout for the file's
   */
  public record Channels(int source, int encoded) {}

  /**
   * Refuses the files that {@link #encode} would refuse, before other work begins.
   *
   * @param audio any file with sound
   * @throws MediaException if the file cannot be read, has no sound or one that AAC cannot hold
   */
  public static Channels requireEncodable(Path audio) throws MediaException {
    try (AacTrack track = new AacTrack(audio, audio, 1, FrameRate.REFERENCE, End.EARLY)) {
      track.takeSamples();
      return new Channels(
          track.track.stream().codecpar().ch_layout().nb_channels(),
          track.encoder.ch_layout().nb_channels());
    }
  }

  private AacTrack(Path file, Path output, int frames, FrameRate pictures, End end)
      throws MediaException {
    this.file = file;
    this.output = output;
    this.end = end;
    this.track = new StreamDecoder(file, AVMEDIA_TYPE_AUDIO);
    boolean opened = false;
    try (AVChannelLayout layout = new AVChannelLayout()) {
      AVCodecParameters source = track.stream().codecpar();
      int rate = sampleRate(source.sample_rate());
      // A copy: the decoder takes its own from the stream.
      av_channel_layout_copy(layout, source.ch_layout());
      boolean placesKnown = ChannelPlaces.assume(layout);
      openEncoder(rate, layout, placesKnown);
      limit = pictures.tick(frames, rate);
      resampler = new Resampler(track, file, AV_SAMPLE_FMT_FLTP, rate, encoder.ch_layout());
      fifo =
          Av.allocated(
              av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, encoder.ch_layout().nb_channels(), 4096));
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  /** The source's own rate if AAC has it, else the next higher, else the highest. */
  private static int sampleRate(int source) {
    for (int rate : SAMPLE_RATES) {
      if (rate >= source) {
        return rate;
      }
    }
    return SAMPLE_RATES[SAMPLE_RATES.length - 1];
  }

  /**
   * A layout that AAC does not have is replaced by the default layout with as many channels, or
   * with fewer.
   */
  private void openEncoder(int rate, AVChannelLayout layout, boolean placesKnown)
      throws MediaException {
    if (placesKnown && open(rate, layout)) {
      return;
    }
    int[] counts = placesKnown ? new int[] {layout.nb_channels(), 2} : new int[] {1};
    for (int count : counts) {
      try (AVChannelLayout usual = new AVChannelLayout()) {
        av_channel_layout_default(usual, count);
        if (open(rate, usual)) {
          return;
        }
      }
    }
    throw new MediaException(
        file,
        "its sound (%d channels at %d Hz) cannot be encoded as AAC"
            .formatted(layout.nb_channels(), rate));
  }

  private boolean open(int rate, AVChannelLayout layout) {
    AVCodec codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    encoder = Av.allocated(avcodec_alloc_context3(codec));
    encoder.sample_rate(rate).sample_fmt(AV_SAMPLE_FMT_FLTP).bit_rate(BIT_RATE);
    av_channel_layout_copy(encoder.ch_layout(), layout);
    encoder.time_base().num(1).den(rate);
    encoder.flags(encoder.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
    if (layout.nb_channels() == 3) {
      // With mid/side coding, one of two similar channels is lost if AAC has no number for the
      // layout.
      Av.checkMemory(av_opt_set_int(encoder.priv_data(), "aac_ms", 0, 0));
    }
    int result = avcodec_open2(encoder, codec, (AVDictionary) null);
    if (result >= 0) {
      return true;
    }
    avcodec_free_context(encoder);
    encoder = null;
    Av.checkMemory(result);
    return false;
  }

  /** Describes the track to the muxer. */
  private void describe(AVStream stream) throws MediaException {
    Av.check(
        avcodec_parameters_from_context(stream.codecpar(), encoder),
        output,
        "its sound cannot be encoded");
    stream.time_base().num(1).den(encoder.sample_rate());
  }

  /** The next packet, in units of a sample, valid until the next call; null at the end. */
  private AVPacket next() throws MediaException {
    while (true) {
      int result = avcodec_receive_packet(encoder, packet);
      if (result >= 0) {
        return packet;
      }
      if (result == AVERROR_EOF) {
        return null;
      }
      if (result != AVERROR_EAGAIN()) {
        Av.check(result, output, "its sound cannot be encoded");
      }
      send();
    }
  }

  /** Hands the encoder one frame of samples; the last may be short. */
  private void send() throws MediaException {
    int size = encoder.frame_size();
    while (!sourceEnded && av_audio_fifo_size(fifo) < size) {
      takeSamples();
    }
    int count = Math.min(size, av_audio_fifo_size(fifo));
    if (count == 0) {
      if (sent == 0) {
        throw new MediaException(file, "has an audio stream without samples");
      }
      Av.check(avcodec_send_frame(encoder, null), output, "its sound cannot be encoded");
      return;
    }
    AVFrame frame = Av.allocated(av_frame_alloc());
    try {
      frame.format(AV_SAMPLE_FMT_FLTP).sample_rate(encoder.sample_rate()).nb_samples(count);
      av_channel_layout_copy(frame.ch_layout(), encoder.ch_layout());
      frame.pts(sent);
      Av.check(av_frame_get_buffer(frame, 0), output, "its sound cannot be encoded");
      av_audio_fifo_read(fifo, frame.extended_data(), count);
      sent += count;
      Av.check(avcodec_send_frame(encoder, frame), output, "its sound cannot be encoded");
    } finally {
      av_frame_free(frame);
    }
  }

  private void takeSamples() throws MediaException {
    AVFrame frame = taken < limit ? resampler.next() : null;
    if (frame == null && end == End.SILENT && taken > 0 && taken < limit) {
      frame = silence();
    }
    if (frame == null) {
      sourceEnded = true;
      return;
    }
    try {
      int count = (int) Math.min(frame.nb_samples(), limit - taken);
      Av.check(
          av_audio_fifo_write(fifo, frame.extended_data(), count),
          output,
          "its sound cannot be encoded");
      taken += count;
    } finally {
      av_frame_free(frame);
    }
  }

  private AVFrame silence() {
    AVFrame frame = Av.allocated(av_frame_alloc());
    frame.format(AV_SAMPLE_FMT_FLTP).sample_rate(encoder.sample_rate());
    frame.nb_samples((int) Math.min(SILENT_SAMPLES, limit - taken));
    Av.checkMemory(av_channel_layout_copy(frame.ch_layout(), encoder.ch_layout()));
    Av.checkMemory(av_frame_get_buffer(frame, 0));
    av_samples_set_silence(
        frame.extended_data(),
        0,
        frame.nb_samples(),
        encoder.ch_layout().nb_channels(),
        AV_SAMPLE_FMT_FLTP);
    return frame;
  }

  @Override
  public void close() {
    if (fifo != null) {
      av_audio_fifo_free(fifo);
    }
    if (resampler != null) {
      resampler.close();
    }
    if (encoder != null) {
      avcodec_free_context(encoder);
    }
    av_packet_free(packet);
    track.close();
  }
}
