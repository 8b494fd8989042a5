package io.latentsync.job.cli.arguments;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.FaceOptions;
import picocli.CommandLine.Option;

/** The part of the command line that says how faces are found and which is dubbed. */
public final class FaceArguments {
  @Option(
      names = "--face",
      defaultValue = "largest",
      paramLabel = "WHICH",
      description =
          "Who is dubbed if the video shows several people, all through it: largest, left or right"
              + " (in the first second that shows a face), or a number: 0, 1, … from the left at"
              + " the beginning, then in order of coming.")
  private String choice;

  @Option(
      names = "--face_models",
      paramLabel = "FOLDER",
      description =
          "InsightFace's buffalo_l (det_10g.onnx and 2d106det.onnx): finds the faces as the original"
              + " does; where it finds none the built-in detectors are asked. Default: the built-in"
              + " ones alone.")
  private String models;

  /**
   * What the user chose.
   *
   * @throws InvalidInputException naming the option, its value and what would be right
   */
  FaceOptions options() throws InvalidInputException {
    return new FaceOptions(
        FaceChoice.of(choice)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "--face is %s, but must be largest or left or right or a number from 0"
                            .formatted(choice))),
        models == null ? "" : models);
  }
}
