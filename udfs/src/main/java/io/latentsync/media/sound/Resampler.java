package io.latentsync.media.sound;

import static org.bytedeco.ffmpeg.global.avutil.AV_DOWNMIX_TYPE_LTRT;
import static org.bytedeco.ffmpeg.global.avutil.AV_FRAME_DATA_DOWNMIX_INFO;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_compare;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_uninit;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_side_data;
import static org.bytedeco.ffmpeg.global.avutil.av_opt_set_double;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc;
import static org.bytedeco.ffmpeg.global.swresample.swr_close;
import static org.bytedeco.ffmpeg.global.swresample.swr_config_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;
import static org.bytedeco.ffmpeg.global.swresample.swr_is_initialized;
import static org.bytedeco.ffmpeg.global.swresample.swr_set_matrix;

import io.latentsync.media.Av;
import io.latentsync.media.MediaException;
import io.latentsync.media.MediaLimits;
import io.latentsync.media.StreamDecoder;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVDownmixInfo;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVFrameSideData;
import org.bytedeco.ffmpeg.swresample.SwrContext;

/**
 * Converts the samples of {@link SoundFrames} to another rate, layout and format, with
 * libswresample's defaults.
 */
final class Resampler implements AutoCloseable {
  private final SoundFrames track;
  private final Path file;
  private final int sampleFormat;
  private final int sampleRate;
  private final AVChannelLayout layout = new AVChannelLayout();
  private final AVFrame decoded = Av.allocated(av_frame_alloc());
  private final SwrContext context = Av.allocated(swr_alloc());
  private final AVChannelLayout inputLayout = new AVChannelLayout();
  private int inputFormat;
  private int inputRate;

  private boolean placesKnown;
  private boolean ended;

  /**
   * Reads a track from its current position.
   *
   * @param layout is copied
   */
  Resampler(
      StreamDecoder track, Path file, int sampleFormat, int sampleRate, AVChannelLayout layout) {
    this.track = new SoundFrames(track, file);
    this.file = file;
    this.sampleFormat = sampleFormat;
    this.sampleRate = sampleRate;
    av_channel_layout_copy(this.layout, layout);
  }

  /** The next samples, at least one, in a new frame that the caller frees; null at the end. */
  AVFrame next() throws MediaException {
    while (!ended) {
      ended = !track.next(decoded);
      if (!ended) {
        placesKnown = ChannelPlaces.assume(decoded.ch_layout());
      }
      if (!ended && swr_is_initialized(context) != 0 && !likeBefore()) {
        // The track's rate or channels changed: start a new conversion, as the ffmpeg program does.
        swr_close(context);
      }
      AVFrame samples = ended && swr_is_initialized(context) == 0 ? null : convert();
      if (samples != null) {
        return samples;
      }
    }
    return null;
  }

  /** The track's faulty samples that were replaced so far. */
  SoundRepairs repairs() {
    return track.repairs();
  }

  /** The end of the track's samples so far, in seconds after time 0 of the file. */
  double seconds() {
    return track.seconds();
  }

  /** Converts the decoded frame; at the end, the delayed samples. Null if there is no output. */
  private AVFrame convert() throws MediaException {
    if (swr_is_initialized(context) == 0) {
      takeDownmixLevels();
      inputFormat = decoded.format();
      inputRate = decoded.sample_rate();
      av_channel_layout_copy(inputLayout, decoded.ch_layout());
    }
    AVFrame samples = Av.allocated(av_frame_alloc());
    boolean some = false;
    try {
      samples.format(sampleFormat).sample_rate(sampleRate);
      av_channel_layout_copy(samples.ch_layout(), layout);
      if (swr_is_initialized(context) == 0 && !placesKnown) {
        mixAlike(samples);
      }
      Av.check(
          swr_convert_frame(context, samples, ended ? null : decoded),
          file,
          "its sound cannot be resampled");
      some = samples.nb_samples() > 0;
    } finally {
      if (!some) {
        av_frame_free(samples);
      }
    }
    return some ? samples : null;
  }

  /** Makes each output channel the mean of all input channels. */
  private void mixAlike(AVFrame samples) throws MediaException {
    int inputs = inputLayout.nb_channels();
    MediaLimits.requireChannels(file, inputs);
    double[] weights = new double[inputs * layout.nb_channels()];
    Arrays.fill(weights, 1.0 / inputs);
    int result = swr_config_frame(context, samples, decoded);
    if (result >= 0) {
      result = swr_set_matrix(context, weights, inputs);
    }
    Av.check(result, file, "its %d channels cannot be mixed".formatted(inputs));
  }

  private boolean likeBefore() {
    return decoded.format() == inputFormat
        && decoded.sample_rate() == inputRate
        && av_channel_layout_compare(decoded.ch_layout(), inputLayout) == 0;
  }

  /** Sets the downmix levels that some codecs (AC-3, DTS) contain. */
  private void takeDownmixLevels() {
    AVFrameSideData side = av_frame_get_side_data(decoded, AV_FRAME_DATA_DOWNMIX_INFO);
    if (side == null || side.isNull()) {
      return;
    }
    AVDownmixInfo levels = new AVDownmixInfo(side.data());
    boolean ltrt = levels.preferred_downmix_type() == AV_DOWNMIX_TYPE_LTRT;
    av_opt_set_double(
        context,
        "center_mix_level",
        ltrt ? levels.center_mix_level_ltrt() : levels.center_mix_level(),
        0);
    av_opt_set_double(
        context,
        "surround_mix_level",
        ltrt ? levels.surround_mix_level_ltrt() : levels.surround_mix_level(),
        0);
    av_opt_set_double(context, "lfe_mix_level", levels.lfe_mix_level(), 0);
  }

  @Override
  public void close() {
    swr_free(context);
    track.close();
    av_frame_free(decoded);
    av_channel_layout_uninit(layout);
    layout.close();
    av_channel_layout_uninit(inputLayout);
    inputLayout.close();
  }
}
