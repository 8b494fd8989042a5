package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.testing.CommandOutput;
import org.junit.jupiter.api.Test;

/** The output of {@code --help}. */
final class OptionGroupTest {

  @Test
  void helpOfDubHasGroupsInOrderAndEndsWithExamples() {
    CommandOutput output = CommandOutput.of("dub", new DubCommand(), "--help");
    assertThat(output.code()).isZero();
    assertThat(output.out().lines())
        .containsSubsequence(
            "Inputs and outputs:",
            "Model:",
            "Quality:",
            "Speed:",
            "Faces:",
            "Sync:",
            "Cluster:",
            "Profile:",
            "Other options:",
            "Examples:",
            "    latentsync dub --demo",
            "      --manifest nightly.csv");
  }

  @Test
  void helpShowsAnOptionInTheGroupOfTheClassThatDeclaresItWithItsDefault() {
    String help = CommandOutput.of("dub", new DubCommand(), "--help").out().replaceAll("\\s+", " ");
    String quality = help.substring(help.indexOf(" Quality: "), help.indexOf(" Speed: "));
    assertThat(quality)
        .contains("--inference_steps=N Denoising steps, 2 to 999 (dpm++: 2 to 998). Default: 20 ");
    String speed = help.substring(help.indexOf(" Speed: "), help.indexOf(" Faces: "));
    assertThat(speed)
        .contains("--batch_size=N", "1 to 64", "--segment_frames=N")
        .doesNotContain("--inference_steps", "--enable_vae_slicing");
  }

  @Test
  void helpOfACommandWithASingleGroupHasNoHeadings() {
    CommandOutput output = CommandOutput.of("eval", new EvalCommand(), "--help");
    assertThat(output.out()).contains("--syncnet_path=FILE").doesNotContain("Other options:");
  }
}
