package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.media.EncoderOptions;
import io.latentsync.media.VideoWriter;
import picocli.CommandLine.Option;

/** The options of the video encoder. */
public final class EncoderArguments {
  @Option(
      names = "--crf",
      defaultValue = "18",
      paramLabel = "N",
      description =
          "Quality of the encoded video, as x264's CRF, 1 to 40. A smaller number gives a larger"
              + " file.")
  private int crf;

  @Option(
      names = "--preset",
      defaultValue = "slow",
      paramLabel = "NAME",
      description =
          "Preset of x264: a faster one takes less time and gives a larger file, or less quality."
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

  /**
   * The chosen options.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  EncoderOptions options() throws InvalidInputException {
    OptionCheck.requireBetween("--crf", crf, EncoderOptions.LEAST_CRF, EncoderOptions.LARGEST_CRF);
    OptionCheck.requireBetween("--encoder_threads", threads, 1, EncoderOptions.MOST_THREADS);
    if (preset != EncoderOptions.DEFAULT.preset() && !VideoWriter.encoder().equals("libx264")) {
      throw new InvalidInputException(
          "--preset is %s, but this build encodes with openh264, which has no presets; omit it"
              .formatted(preset));
    }
    return new EncoderOptions(crf, preset, threads);
  }
}
