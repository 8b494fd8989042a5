package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.EncoderOptions.Codec;
import io.latentsync.media.video.VideoCoding;
import picocli.CommandLine.Option;

/** The options of the video encoder. */
public final class EncoderArguments {
  @Option(
      names = "--crf",
      defaultValue = "18",
      paramLabel = "N",
      description =
          "Quality of the encoded video, as the CRF of x264 or x265, 1 to 40. A smaller number gives"
              + " a larger file.")
  private int crf;

  @Option(
      names = "--preset",
      defaultValue = "slow",
      paramLabel = "NAME",
      description =
          "Preset of x264 or x265: a faster one takes less time and gives a larger file, or less quality."
              + " ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, veryslow.")
  private EncoderOptions.Preset preset;

  @Option(
      names = "--encoder_threads",
      defaultValue = "2",
      paramLabel = "N",
      description =
          "Threads of each task's video encoder, 1 to 16. Their number changes the bytes of the"
              + " output.")
  private int threads;

  @Option(
      names = "--video_codec",
      defaultValue = "auto",
      paramLabel = "NAME",
      description =
          "Codec of the output. auto: H.264 for 8 bits a sample, HEVC for 10. h264: more programs"
              + " can play it. hevc: smaller files, but a slower encoder.")
  private EncoderOptions.Codec codec;

  @Option(
      names = "--bit_depth",
      defaultValue = "auto",
      paramLabel = "BITS",
      description =
          "Bits of a sample in the output. auto: 8 for videos of 8 bits and with --video_codec"
              + " h264; else 10, which keeps HDR (PQ, HLG). 8, 10: convert all videos.")
  private String depth;

  /**
   * The chosen options.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  EncoderOptions options() throws InvalidInputException {
    OptionCheck.requireBetween("--crf", crf, EncoderOptions.LEAST_CRF, EncoderOptions.LARGEST_CRF);
    OptionCheck.requireBetween("--encoder_threads", threads, 1, EncoderOptions.MOST_THREADS);
    EncoderOptions options =
        new EncoderOptions(
            crf,
            preset,
            threads,
            codec,
            OptionCheck.oneOf("--bit_depth", depth, EncoderOptions.Depth.values()));
    requireAvailable(options);
    return options;
  }

  /** Refuses what the encoders of an LGPL build cannot do. */
  private static void requireAvailable(EncoderOptions options) throws InvalidInputException {
    if (VideoCoding.isAvailable(Codec.H264, 10)) {
      return;
    }
    if (options.preset() != EncoderOptions.DEFAULT.preset()) {
      throw new InvalidInputException(
          "--preset is %s, but this build encodes with openh264, which has no presets; omit it"
              .formatted(options.preset()));
    }
    if (options.codec() == Codec.HEVC) {
      throw new InvalidInputException(
          "--video_codec is hevc, but this build encodes with openh264; use auto or h264, or the"
              + " build with x265");
    }
    if (options.depth() == EncoderOptions.Depth.TEN) {
      throw new InvalidInputException(
          "--bit_depth is 10, but this build encodes with openh264, which has 8 bits; use auto or"
              + " 8, or the build with x265");
    }
  }
}
