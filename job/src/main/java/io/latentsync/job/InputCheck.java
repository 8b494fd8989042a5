package io.latentsync.job;

import io.latentsync.face.InsightFaceDetector;
import io.latentsync.model.ModelBundle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * Finds out before any work begins whether what the user named can be read and written. Collects
 * all that is wrong, so that it is told at once. What things are called in the messages (an option,
 * a line of a manifest and its field) is the caller's to say.
 */
final class InputCheck {
  private final Configuration configuration;
  private final List<String> problems = new ArrayList<>();
  private final Map<Location, String> inputs = new HashMap<>();
  private final Map<Location, String> outputs = new LinkedHashMap<>();
  private final Set<Location> writableFolders = new HashSet<>();

  InputCheck(Configuration configuration) {
    this.configuration = configuration;
  }

  /** Notes something else that is wrong: one line that names it and says what would be right. */
  void problem(String line) {
    problems.add(line);
  }

  /**
   * Ends the check.
   *
   * @throws InvalidInputException if anything is wrong; its message has a line for each thing
   */
  void finish() throws InvalidInputException {
    outputs.forEach(
        (output, name) -> {
          if (inputs.containsKey(output)) {
            problem(
                "%s %s: is also %s; the output must be another file"
                    .formatted(name, output, inputs.get(output)));
          }
        });
    if (!problems.isEmpty()) {
      throw new InvalidInputException(String.join("\n", problems));
    }
  }

  /** Looks at every file of a model. */
  void models(ModelBundle models) {
    if (Demonstration.has(models.unet()) && !Demonstration.hasModel()) {
      problem(
          "--unet_config_path is missing, and this build has no demonstration model to use"
              + " instead");
      return;
    }
    model("--unet_config_path", models.unetConfig(), false);
    model("--inference_ckpt_path", models.unet(), false);
    model("--vae_path", models.vae(), true);
    model("--whisper_path", models.whisper(), false);
    if (!models.mask().isEmpty()) {
      readable("--mask_image_path", new Location(models.mask()), false);
    }
  }

  /** Looks at InsightFace's files, where a folder of them is named. */
  void faces(FaceOptions faces) {
    if (!faces.models().isEmpty()) {
      Location folder = new Location(faces.models());
      readable("--face_models", folder, true);
      readable("--face_models", folder.child(InsightFaceDetector.BOXES_FILE), false);
      readable("--face_models", folder.child(InsightFaceDetector.POINTS_FILE), false);
    }
  }

  /** Looks at SyncNet's checkpoint, where one is named. */
  void syncNet(SyncOptions sync) {
    if (!sync.syncNet().isEmpty()) {
      readable("--syncnet_path", new Location(sync.syncNet()), false);
    }
  }

  private void model(String option, String location, boolean folder) {
    if (!Demonstration.has(location)) {
      readable(option, new Location(location), folder);
    }
  }

  /** Looks whether something is there and can be opened, and is a folder or not as it should. */
  void readable(String name, Location location, boolean folder) {
    if (inputs.containsKey(location.normalized())) {
      return;
    }
    try {
      FileSystem fileSystem = location.fileSystem(configuration);
      if (!location.exists(configuration)) {
        problem("%s %s: no such %s".formatted(name, location, folder ? "folder" : "file"));
        return;
      }
      FileStatus status = fileSystem.getFileStatus(location.hadoopPath());
      if (status.isDirectory() != folder) {
        problem(
            "%s %s: is a %s, but must be a %s"
                .formatted(name, location, folder ? "file" : "folder", folder ? "folder" : "file"));
        return;
      }
      if (!folder) {
        fileSystem.open(location.hadoopPath()).close();
      }
      inputs.put(location.normalized(), name);
    } catch (IOException | IllegalArgumentException e) {
      problem("%s %s: cannot be read: %s".formatted(name, location, e.getMessage()));
    }
  }

  /** Looks whether a file can be written, and nobody else writes it; makes its folder. */
  void output(String name, Location file) {
    String other = outputs.putIfAbsent(file.normalized(), name);
    if (other != null) {
      problem("%s %s: is also %s; each must be another file".formatted(name, file, other));
      return;
    }
    try {
      if (file.exists(configuration) && file.status(configuration).isDirectory()) {
        problem(
            "%s %s: is a folder, but must be a file such as %s"
                .formatted(name, file, file.child("dubbed.mp4")));
        return;
      }
    } catch (IOException | IllegalArgumentException e) {
      problem("%s %s: cannot be reached: %s".formatted(name, file, e.getMessage()));
      return;
    }
    writableFolder(name, file.parent());
  }

  /** Makes a folder if it is not there, and looks whether files can be put into it. */
  void writableFolder(String name, Location folder) {
    if (writableFolders.contains(folder.normalized())) {
      return;
    }
    try {
      FileSystem fileSystem = folder.fileSystem(configuration);
      if (!fileSystem.mkdirs(folder.hadoopPath())) {
        problem("%s: the folder %s cannot be made".formatted(name, folder));
        return;
      }
      Location probe = folder.child(".latentsync-" + UUID.randomUUID());
      fileSystem.create(probe.hadoopPath()).close();
      probe.delete(configuration);
      writableFolders.add(folder.normalized());
    } catch (IOException | IllegalArgumentException e) {
      problem("%s: the folder %s cannot be written to: %s".formatted(name, folder, e.getMessage()));
    }
  }
}
