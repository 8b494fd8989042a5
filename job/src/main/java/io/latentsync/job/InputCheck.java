package io.latentsync.job;

import io.latentsync.face.InsightFaceDetector;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/** Finds out before any work begins whether the files of a request can be read and written. */
final class InputCheck {
  private final Configuration configuration;

  InputCheck(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Looks at every file that is named.
   *
   * @param stagingRoot where intermediate files will be put
   * @throws InvalidInputException naming the option, its value and what is wrong with it
   */
  void check(DubRequest request, Location stagingRoot) throws InvalidInputException {
    readable("--video_path", request.video(), false);
    readable("--audio_path", request.audio(), false);
    model("--unet_config_path", request.models().unetConfig(), false);
    model("--inference_ckpt_path", request.models().unet(), false);
    model("--vae_path", request.models().vae(), true);
    model("--whisper_path", request.models().whisper(), false);
    if (!request.models().mask().isEmpty()) {
      readable("--mask_image_path", new Location(request.models().mask()), false);
    }
    if (!request.faces().models().isEmpty()) {
      Location folder = new Location(request.faces().models());
      readable("--face_models", folder, true);
      readable("--face_models", folder.child(InsightFaceDetector.BOXES_FILE), false);
      readable("--face_models", folder.child(InsightFaceDetector.POINTS_FILE), false);
    }
    notAnInput(request.output(), request.video(), "--video_path");
    notAnInput(request.output(), request.audio(), "--audio_path");
    writableFile("--video_out_path", request.output());
    writableFolder("--temp_dir", stagingRoot);
  }

  private void model(String option, String location, boolean folder) throws InvalidInputException {
    if (!Demonstration.has(location)) {
      readable(option, new Location(location), folder);
    } else if (!Demonstration.hasModel()) {
      throw new InvalidInputException(
          option + " is missing, and this build has no demonstration model to use instead");
    }
  }

  private void readable(String option, Location location, boolean folder)
      throws InvalidInputException {
    try {
      FileSystem fileSystem = location.fileSystem(configuration);
      if (!location.exists(configuration)) {
        throw new InvalidInputException(
            "%s %s: no such %s".formatted(option, location, folder ? "folder" : "file"));
      }
      FileStatus status = fileSystem.getFileStatus(location.hadoopPath());
      if (status.isDirectory() != folder) {
        throw new InvalidInputException(
            "%s %s: is a %s, but must be a %s"
                .formatted(
                    option, location, folder ? "file" : "folder", folder ? "folder" : "file"));
      }
      if (!folder) {
        fileSystem.open(location.hadoopPath()).close();
      }
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s %s: cannot be read: %s".formatted(option, location, e.getMessage()), e);
    }
  }

  private static void notAnInput(Location output, Location input, String option)
      throws InvalidInputException {
    if (output.hadoopPath().equals(input.hadoopPath())) {
      throw new InvalidInputException(
          "--video_out_path %s: is also %s; the output must be another file"
              .formatted(output, option));
    }
  }

  private void writableFile(String option, Location file) throws InvalidInputException {
    try {
      if (file.exists(configuration) && file.status(configuration).isDirectory()) {
        throw new InvalidInputException(
            "%s %s: is a folder, but must be a file such as %s"
                .formatted(option, file, file.child("dubbed.mp4")));
      }
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s %s: cannot be reached: %s".formatted(option, file, e.getMessage()), e);
    }
    writableFolder(option, file.parent());
  }

  private void writableFolder(String option, Location folder) throws InvalidInputException {
    try {
      FileSystem fileSystem = folder.fileSystem(configuration);
      if (!fileSystem.mkdirs(folder.hadoopPath())) {
        throw new InvalidInputException(
            "%s: the folder %s cannot be made".formatted(option, folder));
      }
      Location probe = folder.child(".latentsync-" + UUID.randomUUID());
      fileSystem.create(probe.hadoopPath()).close();
      probe.delete(configuration);
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: the folder %s cannot be written to: %s".formatted(option, folder, e.getMessage()),
          e);
    }
  }
}
