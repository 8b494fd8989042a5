package io.latentsync.job.cli.arguments;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.FaceOptions;
import picocli.CommandLine.Option;

/** The options of the face detection. */
public final class FaceArguments {
  @Option(
      names = "--face",
      defaultValue = "largest",
      paramLabel = "WHICH",
      description =
          "The person to dub if the video shows several. largest, left or right: chosen in the"
              + " first second of each shot that shows a face, then tracked through the shot. A"
              + " number: 0, 1, … from the left at the beginning of each shot, then in the order in"
              + " which people appear. X,Y@SECONDS, such as 640,360@2.5: the person whose face is at"
              + " this point of the source frame at this time, and in other shots the person who"
              + " first appears in the same place. A shot without such a person is passed through.")
  private String choice;

  @Option(
      names = "--face_models",
      paramLabel = "FOLDER",
      description =
          "Folder with InsightFace's buffalo_l (det_10g.onnx and 2d106det.onnx), the original's"
              + " face detector. The built-in detectors process the frames in which it finds no"
              + " face. Default: the built-in detectors only.")
  private String models;

  /**
   * The chosen options.
   *
   * @throws InvalidInputException naming the option, its value and the valid values
   */
  public FaceOptions options() throws InvalidInputException {
    return new FaceOptions(
        FaceChoice.of(choice)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "--face is %s, but must be %s".formatted(choice, FaceChoice.VALUES))),
        models == null ? "" : models);
  }
}
