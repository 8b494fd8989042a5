package io.latentsync.job.cli.arguments;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.SyncOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of the sync scores. */
public final class SyncArguments {
  private static final int LARGEST_CONFIDENCE = 100;

  @Option(
      names = "--syncnet_path",
      paramLabel = "FILE",
      description =
          "SyncNet's checkpoint, syncnet_v2.model. Reports offset, Sync-C and Sync-D of the video"
              + " and of each segment, in addition to the correlation, which needs no checkpoint.")
  private String syncNet;

  @Option(
      names = "--min_sync",
      paramLabel = "X",
      description =
          "Mark segments whose sync score is below X in the summary and the report. With"
              + " --syncnet_path the score is the segment's Sync-C, 0 to 100. Else it is the"
              + " correlation of the mouth's opening with the speech at lag 0, -1 to 1, which is"
              + " imprecise for short segments (--segment_frames).")
  private Double minSync;

  @Option(
      names = "--retry_guidance",
      paramLabel = "G",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description =
          "Render segments below --min_sync again at guidance scale G, above 1 to 100, and keep"
              + " the better attempt. Several scales, such as 1.5,2.0, are tried in this order until"
              + " the segment reaches the minimum.")
  private List<Double> retryGuidance = List.of();

  /**
   * The chosen options.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  SyncOptions options() throws InvalidInputException {
    if (minSync == null) {
      if (!retryGuidance.isEmpty()) {
        throw new InvalidInputException(
            "--retry_guidance is %s, but must come with --min_sync".formatted(text()));
      }
      return new SyncOptions(SyncOptions.DEFAULT.minSync(), List.of(), syncNet());
    }
    if (syncNet == null) {
      requireBetween(-1, 1, "compared with a correlation, without --syncnet_path");
      if (!MediaPipeFaceDetector.available()) {
        throw new InvalidInputException(
            "--min_sync is %s, but this build has no face mesh to measure with; install npm and"
                    .formatted(minSync)
                + " build again, or give --syncnet_path");
      }
    } else {
      requireBetween(0, LARGEST_CONFIDENCE, "compared with SyncNet's confidence");
    }
    Set<Double> different = new HashSet<>();
    for (double guidance : retryGuidance) {
      if (!(guidance > 1 && guidance <= 100)) {
        throw new InvalidInputException(
            "--retry_guidance is %s, but must be above 1 (up to 1 there is no guidance) and at most 100"
                .formatted(text()));
      }
      if (!different.add(guidance)) {
        throw new InvalidInputException(
            "--retry_guidance is %s, but must be different scales".formatted(text()));
      }
    }
    return new SyncOptions(minSync, List.copyOf(retryGuidance), syncNet());
  }

  /**
   * Rejects the guidance scale that the first attempt uses.
   *
   * @throws InvalidInputException naming both options
   */
  void requireDifferent(SamplerOptions asked) throws InvalidInputException {
    if (!asked.dynamicGuidance() && retryGuidance.contains(asked.guidanceScale())) {
      throw new InvalidInputException(
          "--retry_guidance is %s, but must differ from --guidance_scale, which is %s"
              .formatted(text(), asked.guidanceScale()));
    }
  }

  private void requireBetween(int least, int most, String why) throws InvalidInputException {
    if (!(minSync >= least && minSync <= most)) {
      throw new InvalidInputException(
          "--min_sync is %s, but must be from %d to %d: it is %s"
              .formatted(minSync, least, most, why));
    }
  }

  private String syncNet() {
    return syncNet == null ? "" : syncNet;
  }

  private String text() {
    return String.join(",", retryGuidance.stream().map(String::valueOf).toList());
  }
}
