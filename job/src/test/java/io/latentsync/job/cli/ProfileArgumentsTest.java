package io.latentsync.job.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.storage.Location;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class ProfileArgumentsTest {
  private static Optional<ProfileRequest> wish(String arguments, boolean keepsStaging)
      throws InvalidInputException {
    ProfileArguments parsed = new ProfileArguments();
    new CommandLine(parsed).parseArgs(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    return parsed.request(false, Optional.of("/out/dubbed.v2.mp4"), keepsStaging);
  }

  @Test
  void nothingIsMeasuredUnlessAskedFor() throws Exception {
    assertThat(wish("", true)).isEmpty();
  }

  @Test
  void theFilesGoBesideTheOutputUnderItsName() throws Exception {
    ProfileRequest wish = wish("--profile", false).orElseThrow();
    assertThat(wish.runs()).isEqualTo(1);
    assertThat(wish.memory()).isFalse();
    assertThat(wish.folder().toString()).isEqualTo("/out/dubbed.v2-profile");
  }

  @Test
  void allOfItCanBeChosen() throws Exception {
    assertThat(wish("--profile --num_profile_runs 3 --profile_memory --profile_dir /p", false))
        .contains(new ProfileRequest(3, true, new Location("/p")));
  }

  @ParameterizedTest
  @CsvSource({
    "--num_profile_runs 2, --num_profile_runs is given",
    "--profile_memory, --profile_memory is given",
    "--profile_dir /p, --profile_dir is given",
    "--profile --num_profile_runs 0, '--num_profile_runs is 0, but must be from 1 to 1000'",
  })
  void whatDoesNotFitIsNamed(String arguments, String message) {
    assertThatThrownBy(() -> wish(arguments, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aProfileDoesNotGoWithKeptStagingsOrWithManyVideos() {
    assertThatThrownBy(() -> wish("--profile", true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--keep_staging");
    ProfileArguments parsed = new ProfileArguments();
    new CommandLine(parsed).parseArgs("--profile");
    assertThatThrownBy(() -> parsed.request(true, Optional.empty(), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--manifest");
    assertThatThrownBy(() -> parsed.request(false, Optional.empty(), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--video_out_path");
  }
}
