package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.AudioWindows;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.face.align.Resampling;
import io.latentsync.face.blend.Blend;
import io.latentsync.job.cli.UserCommand;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.EncoderOptions;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.timeline.KeptRanges;
import io.latentsync.timeline.LengthPolicy;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class RenderArgumentsTest {

  private static RenderOptions parse(String... arguments) throws InvalidInputException {
    RenderArguments parsed = new RenderArguments();
    UserCommand.parser(new CommandLine(parsed)).parseArgs(arguments);
    return parsed.options(Blend.REFERENCE);
  }

  @Test
  void theDefaultsAreTheOriginalsExceptForOverlappingWindows() throws Exception {
    SamplerOptions plain = new SamplerOptions(20, 1, false, Scheduler.Kind.DDIM, 0, 0);
    assertThat(parse())
        .isEqualTo(
            new RenderOptions(
                plain,
                1247,
                new RenderOptions.Compute(DeviceChoice.AUTO, 1, 1),
                AudioWindows.OVERLAP,
                new RenderOptions.Timeline(
                    FrameRatePolicy.REFERENCE, LengthPolicy.BOUNCE, KeptRanges.NONE),
                SilencePolicy.RENDER,
                Deinterlacing.AUTO,
                new RenderOptions.Pasting(Blend.REFERENCE, Resampling.REFERENCE, ""),
                EncoderOptions.DEFAULT));
  }

  @Test
  void everyArgumentIsRead() throws Exception {
    SamplerOptions rich = new SamplerOptions(10, 1.5, true, Scheduler.Kind.DPM_SOLVER, 5, 0.2);
    assertThat(
            parse(
                "--inference_steps=10",
                "--guidance_scale=1.5",
                "--guidance=dynamic",
                "--scheduler=dpm++",
                "--enable_deepcache",
                "--cache_interval=5",
                "--temporal_smoothing=0.2",
                "--seed=7",
                "--batch_size=3",
                "--num_threads=4",
                "--audio_windows=reference",
                "--fps=source",
                "--blend=seamless",
                "--resampling=textured",
                "--crf=20",
                "--preset=fast",
                "--encoder_threads=4",
                "--video_codec=hevc",
                "--bit_depth=8"))
        .isEqualTo(
            new RenderOptions(
                rich,
                7,
                new RenderOptions.Compute(DeviceChoice.AUTO, 4, 3),
                AudioWindows.REFERENCE,
                new RenderOptions.Timeline(
                    FrameRatePolicy.SOURCE, LengthPolicy.BOUNCE, KeptRanges.NONE),
                SilencePolicy.RENDER,
                Deinterlacing.AUTO,
                new RenderOptions.Pasting(Blend.SEAMLESS, Resampling.TEXTURED, ""),
                new EncoderOptions(
                    20,
                    EncoderOptions.Preset.FAST,
                    4,
                    EncoderOptions.Codec.HEVC,
                    EncoderOptions.Depth.EIGHT)));
  }

  @Test
  void theSeamlessBlendResamplesSharplyUnlessAskedOtherwise() throws Exception {
    assertThat(parse("--blend=seamless").pasting().resampling()).isEqualTo(Resampling.SHARP);
    assertThat(parse("--blend=seamless", "--resampling=reference").pasting().resampling())
        .isEqualTo(Resampling.REFERENCE);
  }

  @Test
  void deepCacheHasAnIntervalOfThree() throws Exception {
    assertThat(parse("--enable_deepcache").sampling().deepCacheInterval()).isEqualTo(3);
  }

  @Test
  void threadsAreThoseOfTheEngineUnlessGiven() throws Exception {
    String property = "ai.djl.pytorch.num_threads";
    String before = System.getProperty(property);
    System.setProperty(property, "3");
    try {
      assertThat(parse().compute().threads()).isEqualTo(3);
      assertThat(parse("--num_threads=2").compute().threads()).isEqualTo(2);
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }
}
