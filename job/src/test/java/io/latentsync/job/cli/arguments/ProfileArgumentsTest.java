package io.latentsync.job.cli.arguments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.storage.Location;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class ProfileArgumentsTest {
  private static final DubInputs VIDEO =
      new DubInputs.Single(
          new Location("/in/talk.mp4"),
          new Location("/in/speech.wav"),
          new Location("/out/dubbed.v2.mp4"),
          Edit.NONE,
          false);

  private static Optional<ProfileRequest> request(String arguments, boolean keepsStaging)
      throws InvalidInputException {
    ProfileArguments parsed = new ProfileArguments();
    new CommandLine(parsed).parseArgs(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    return parsed.request(VIDEO, keepsStaging);
  }

  @Test
  void nothingIsMeasuredByDefault() throws Exception {
    assertThat(request("", true)).isEmpty();
  }

  @Test
  void theFilesGoIntoAFolderNextToTheOutputWithItsName() throws Exception {
    ProfileRequest request = request("--profile", false).orElseThrow();
    assertThat(request.runs()).isEqualTo(1);
    assertThat(request.memory()).isFalse();
    assertThat(request.folder().toString()).isEqualTo("/out/dubbed.v2-profile");
  }

  @Test
  void allOptionsAreRead() throws Exception {
    assertThat(request("--profile --num_profile_runs 3 --profile_memory --profile_dir /p", false))
        .contains(new ProfileRequest(3, true, new Location("/p")));
  }

  @ParameterizedTest
  @CsvSource({
    "--num_profile_runs 2, --num_profile_runs is given",
    "--profile_memory, --profile_memory is given",
    "--profile_dir /p, --profile_dir is given",
    "--profile --num_profile_runs 0, '--num_profile_runs is 0, but must be from 1 to 1000'",
  })
  void invalidCombinationsAreRefused(String arguments, String message) {
    assertThatThrownBy(() -> request(arguments, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aProfileCannotBeCombinedWithKeptStagingOrManyVideos() {
    assertThatThrownBy(() -> request("--profile", true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--keep_staging");
    ProfileArguments parsed = new ProfileArguments();
    new CommandLine(parsed).parseArgs("--profile");
    assertThatThrownBy(
            () -> parsed.request(new DubInputs.Listed(new Location("/in/batch.csv")), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--manifest");
  }
}
