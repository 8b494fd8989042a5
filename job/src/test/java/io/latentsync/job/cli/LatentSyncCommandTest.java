package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.testing.CommandOutput;
import org.junit.jupiter.api.Test;

/** The main command with its sub-commands. */
final class LatentSyncCommandTest {

  private static CommandOutput run(String name, String... arguments) {
    return CommandOutput.of(name, () -> LatentSyncCommand.run(arguments));
  }

  @Test
  void aMissingCommandIsRefusedWithTheListOfCommands() {
    CommandOutput output = run("latentsync");
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors())
        .containsExactly(
            "latentsync: the command is missing; it must be one of dub, probe, eval, check-model,"
                + " fetch-checkpoints, generate-completion (--help lists the options)");
  }

  @Test
  void theErrorsOfASubCommandNameIt() {
    CommandOutput output = run("dub", "dub", "--audio_path", "speech.wav");
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors()).containsExactly("dub: --video_path is missing, but must be a path");
  }

  @Test
  void anUnknownOptionIsNamed() {
    CommandOutput output = run("probe", "probe", "a.mp4", "b.wav", "--speed=2");
    assertThat(output.code()).isEqualTo(ExitCode.INVALID_INPUT.code());
    assertThat(output.errors())
        .containsExactly("probe: Unknown option: '--speed=2' (--help lists the options)");
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(run("latentsync", "--version").out().strip())
        .matches("LatentSync for Spark \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
  }

  @Test
  void theCompletionScriptKnowsEveryCommand() {
    assertThat(run("latentsync", "generate-completion").out())
        .contains("_complete_latentsync", "check-model", "--inference_ckpt_path");
  }
}
