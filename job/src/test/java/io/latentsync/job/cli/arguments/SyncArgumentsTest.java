package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.SyncOptions;
import io.latentsync.record.SyncScale;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class SyncArgumentsTest {

  private static SyncArguments parse(String... arguments) {
    return CommandLine.populateCommand(new SyncArguments(), arguments);
  }

  private static SamplerOptions guidance(double scale, boolean dynamic) {
    return new SamplerOptions(20, scale, dynamic, Scheduler.Kind.DDIM, 0, 0);
  }

  @Test
  void thereIsNoMinimumByDefault() throws Exception {
    SyncOptions options = parse().options();
    assertThat(options).isEqualTo(SyncOptions.DEFAULT);
    assertThat(options.hasMinimum()).isFalse();
    assertThat(options.changesOutput()).isFalse();
    assertThat(parse("--syncnet_path=a.model").options().changesOutput()).isFalse();
  }

  @Test
  void everyArgumentIsRead() throws Exception {
    SyncOptions options =
        parse("--syncnet_path=a.model", "--min_sync=3.5", "--retry_guidance=1.5,2,4").options();
    assertThat(options).isEqualTo(new SyncOptions(3.5, List.of(1.5, 2.0, 4.0), "a.model"));
    assertThat(options.scale()).isEqualTo(SyncScale.confidence);
    assertThat(options.text()).isEqualTo("3.50 (Sync-C)");
    assertThat(options.changesOutput()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--retry_guidance=2 | --retry_guidance is 2.0, but must come with --min_sync",
        "--syncnet_path=a --min_sync=-0.1 | --min_sync is -0.1, but must be from 0 to 100: it is"
            + " compared with SyncNet's confidence",
        "--syncnet_path=a --min_sync=NaN | --min_sync is NaN, but must be from 0 to 100",
        "--min_sync=1.5 | --min_sync is 1.5, but must be from -1 to 1: it is compared with a"
            + " correlation, without --syncnet_path",
        "--min_sync=NaN | --min_sync is NaN, but must be from -1 to 1",
        "--syncnet_path=a --min_sync=3 --retry_guidance=1,2 | --retry_guidance is 1.0,2.0, but must"
            + " be above 1",
        "--syncnet_path=a --min_sync=3 --retry_guidance=101 | at most 100",
        "--syncnet_path=a --min_sync=3 --retry_guidance=NaN | must be above 1",
        "--syncnet_path=a --min_sync=3 --retry_guidance=2,2 | must be different scales"
      })
  void invalidCombinationsAreRefusedInOneLine(String arguments, String right) {
    SyncArguments parsed = parse(arguments.split(" "));
    assertThatThrownBy(parsed::options)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(right)
        .extracting(error -> error.getMessage().lines().count())
        .isEqualTo(1L);
  }

  @Test
  void theScaleOfTheFirstAttemptIsRefused() {
    SyncArguments arguments = parse("--min_sync=0.2", "--retry_guidance=1.5,2");
    assertThatThrownBy(() -> arguments.requireDifferent(guidance(1.5, false)))
        .hasMessage(
            "--retry_guidance is 1.5,2.0, but must differ from --guidance_scale, which is"
                + " 1.5");
    assertThatCode(() -> arguments.requireDifferent(guidance(1.4, false)))
        .doesNotThrowAnyException();
    // Dynamic guidance with scale 1.5 differs from a fixed 1.5.
    assertThatCode(() -> arguments.requireDifferent(guidance(1.5, true)))
        .doesNotThrowAnyException();
  }
}
