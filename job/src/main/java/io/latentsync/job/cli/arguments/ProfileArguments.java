package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.profile.ProfileRequest;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of the profile. */
public final class ProfileArguments {
  private static final int MOST_RUNS = 1000;

  @Option(
      names = "--profile",
      description =
          "Measure the times of stages, denoising steps and libtorch's operators (on a CPU), and the"
              + " use of processors and NVIDIA GPUs. Writes profile.json, profile.txt, charts,"
              + " report.html and recording.jfr (Java Flight Recorder, of this process) to"
              + " --profile_dir. The video is the same. For a single video only.")
  private boolean profile;

  @Option(
      names = "--num_profile_runs",
      paramLabel = "N",
      description =
          "With --profile: number of runs, 1 to 1000, each without results of earlier runs."
              + " Default: 1.")
  private Integer runs;

  @Option(
      names = "--profile_memory",
      description =
          "With --profile: also sample the memory 100 times a second and report the peak of the"
              + " Java heap and of the process for each stage.")
  private boolean memory;

  @Option(
      names = "--profile_dir",
      paramLabel = "FOLDER",
      description =
          "With --profile: folder for the files of the profile. Default: a folder next to the output"
              + " with the output's name, such as dubbed-profile.")
  private String folder;

  /** Whether a profile is requested. */
  public boolean isRequested() {
    return profile;
  }

  /**
   * The requested profile; empty if there is none.
   *
   * @param inputs inputs of the command
   * @param keepsStaging whether {@code --keep_staging} is given
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public Optional<ProfileRequest> request(DubInputs inputs, boolean keepsStaging)
      throws InvalidInputException {
    if (!profile) {
      requireProfile("--num_profile_runs", runs != null);
      requireProfile("--profile_memory", memory);
      requireProfile("--profile_dir", folder != null);
      return Optional.empty();
    }
    int count = runs == null ? 1 : runs;
    OptionCheck.requireBetween("--num_profile_runs", count, 1, MOST_RUNS);
    if (keepsStaging) {
      throw new InvalidInputException(
          "--keep_staging cannot be combined with --profile, which renders everything in every run");
    }
    if (!(inputs instanceof DubInputs.Single single)) {
      throw new InvalidInputException(
          "--profile is for a single video, but --manifest names many; it must come with"
              + " --video_path, --audio_path and --video_out_path");
    }
    if (folder != null && folder.isBlank()) {
      throw new InvalidInputException("--profile_dir is empty, but must be a path");
    }
    return Optional.of(
        new ProfileRequest(
            count, memory, folder == null ? nextTo(single.output()) : new Location(folder)));
  }

  private static void requireProfile(String option, boolean given) throws InvalidInputException {
    if (given) {
      throw new InvalidInputException(option + " is given, but must come with --profile");
    }
  }

  private static Location nextTo(Location output) {
    String name = output.fileName();
    int ending = name.lastIndexOf('.');
    return output.parent().child((ending > 0 ? name.substring(0, ending) : name) + "-profile");
  }
}
