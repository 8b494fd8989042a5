package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.DecodedSound;
import io.latentsync.audio.PcmFile;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.testing.CommandOutput;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Videos and speeches of different lengths, dubbed by the command. */
@Tag("slow")
final class LengthPolicyTest {
  /** Of 0.5 s of speech: the reference adds frames at the end. */
  private static final int SPEECH_FRAMES = 14;

  @TempDir Path folder;
  private NanoModels nano;
  private Path output;

  @BeforeEach
  void models() {
    nano = new NanoModels(folder);
    output = folder.resolve("dubbed.mp4");
  }

  private int dub(int videoFrames, String policy) throws Exception {
    ModelBundle models = nano.bundle();
    return DubCommand.run(
        "--video_path",
        nano.video(videoFrames).toString(),
        "--audio_path",
        nano.speech(0.5).toString(),
        "--unet_config_path",
        models.unetConfig(),
        "--inference_ckpt_path",
        models.unet(),
        "--vae_path",
        models.vae(),
        "--whisper_path",
        models.whisper(),
        "--inference_steps",
        "2",
        "--sync_mode",
        policy,
        "--video_out_path",
        output.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "8, bounce, 14",
    "8, loop, 14",
    "8, hold, 14",
    "8, cut_off, 8",
    "20, cut_off, 14",
    "8, silence, 14",
    "20, silence, 20",
    "15, remap, 14",
    "13, remap, 14"
  })
  void theOutputHasTheFramesOfItsPolicy(int videoFrames, String policy, int frames)
      throws Exception {
    assertThat(dub(videoFrames, policy)).isZero();
    assertThat(VideoProbe.of(output).frames()).isEqualTo(frames);
  }

  @Test
  void aShorterSpeechIsFollowedBySilenceUpToTheEndOfTheVideo() throws Exception {
    assertThat(dub(30, "silence")).isZero();
    assertThat(VideoProbe.of(output).frames()).isEqualTo(30);
    assertThat(samples()).isBetween(19_200L, 20_300L);
    assertThat(dub(30, "bounce")).isZero();
    assertThat(VideoProbe.of(output).frames()).isEqualTo(SPEECH_FRAMES);
  }

  private long samples() throws IOException {
    Path pcm = folder.resolve("sound.pcm");
    DecodedSound sound = PcmFile.decode(output, pcm);
    assertThat(sound.damage().isAny()).isFalse();
    try (PcmFile file = PcmFile.open(pcm)) {
      return file.samples();
    }
  }

  @Test
  void aSpeedThatRemapDoesNotReachIsRefused() throws Exception {
    CommandOutput refused =
        CommandOutput.of(
            "dub",
            () -> {
              try {
                return dub(8, "remap");
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errors())
        .containsExactly(
            ("dub: --sync_mode is remap, but %s (0.32 s) would play at 0.57 times its speed for the"
                    + " 0.56 s of %s, and remap changes the speed by at most 15 %%; it must be bounce,"
                    + " loop, hold, cut_off or silence")
                .formatted(folder.resolve("tälking head.mp4"), folder.resolve("new speech.m4a")));
    assertThat(output).doesNotExist();
  }
}
