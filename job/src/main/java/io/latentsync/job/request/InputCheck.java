package io.latentsync.job.request;

import io.latentsync.face.detect.InsightFaceDetector;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import io.latentsync.media.Container;
import io.latentsync.media.RegularFile;
import io.latentsync.model.bundle.ModelBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * Finds out before any work begins whether what the user named can be read and written. Collects
 * all that is wrong, so that it is reported at once. What things are called in the messages (an
 * option, a line of a manifest and its field) is the caller's to say.
 */
public final class InputCheck {
  /** More lines help nobody. */
  private static final int MOST_PROBLEMS = 1000;

  private final Configuration configuration;
  private final List<String> problems = new ArrayList<>();

  /** How many there are beyond those that are listed. */
  private int furtherProblems;

  private final Set<Location> readable = new HashSet<>();
  private final Set<Location> writableFolders = new HashSet<>();

  /** What inputs are called, by their identities. */
  private final Map<String, String> inputs = new HashMap<>();

  /** Outputs by their identities. */
  private final Map<String, Output> outputs = new LinkedHashMap<>();

  private record Output(String name, Location file) {}

  /** Whether a local folder that can be written to takes names that differ in case for one. */
  private final Predicate<Path> caseless;

  /** Folders that do. */
  private final Set<Location> caselessFolders = new HashSet<>();

  public InputCheck(Configuration configuration) {
    this(configuration, InputCheck::isCaseless);
  }

  /**
   * The same with other folders.
   *
   * @param caseless whether a local folder takes names that differ in case for one
   */
  InputCheck(Configuration configuration, Predicate<Path> caseless) {
    this.configuration = configuration;
    this.caseless = caseless;
  }

  /** Makes a file in the folder, which is removed again. */
  static boolean isCaseless(Path folder) {
    String name = ".latentsync-" + UUID.randomUUID();
    try {
      Path file = Files.createFile(folder.resolve(name));
      try {
        return Files.exists(folder.resolve(name.toUpperCase(Locale.ROOT)));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes something else that is wrong: one line that names it and says what would be right. */
  public void problem(String line) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(line);
    } else {
      furtherProblems++;
    }
  }

  /**
   * Ends the check.
   *
   * @throws InvalidInputException if anything is wrong; its message has a line for each thing
   */
  public void finish() throws InvalidInputException {
    outputs.forEach(
        (identity, output) -> {
          if (inputs.containsKey(identity)) {
            problem(
                "%s %s: is also %s; the output must be another file"
                    .formatted(output.name(), output.file(), inputs.get(identity)));
          }
        });
    if (furtherProblems > 0) {
      problems.add("and %d more problems".formatted(furtherProblems));
      furtherProblems = 0;
    }
    if (!problems.isEmpty()) {
      throw InvalidInputException.ofLines(problems);
    }
  }

  /** Looks at every file of a model. */
  public void models(ModelBundle models) {
    models.ownMask().ifPresent(mask -> readable("--mask_image_path", new Location(mask), false));
    if (Demonstration.isModelOf(models)) {
      if (!Demonstration.hasModel()) {
        problem(
            "--unet_config_path is missing, and this build has no demonstration model to use"
                + " instead");
      }
      return;
    }
    readable("--unet_config_path", new Location(models.unetConfig()), false);
    readable("--inference_ckpt_path", new Location(models.unet()), false);
    readable("--vae_path", new Location(models.vae()), true);
    readable("--whisper_path", new Location(models.whisper()), false);
  }

  /** Looks at InsightFace's files, where a folder of them is named. */
  public void faces(FaceOptions faces) {
    if (faces.insightFace().isPresent()) {
      Location folder = faces.insightFace().get();
      readable("--face_models", folder, true);
      readable("--face_models", folder.child(InsightFaceDetector.BOXES_FILE), false);
      readable("--face_models", folder.child(InsightFaceDetector.POINTS_FILE), false);
    }
  }

  /** Looks at SyncNet's checkpoint, where one is named. */
  public void syncNet(SyncOptions sync) {
    sync.network().ifPresent(network -> readable("--syncnet_path", network, false));
  }

  /**
   * Looks whether something is there and can be opened, and is a folder or not as it should.
   *
   * @return whether it is so
   */
  public boolean readable(String name, Location location, boolean folder) {
    try {
      if (readable.contains(location.normalized())) {
        return true;
      }
      if (location.isLocal() && !folder) {
        Optional<String> fault = RegularFile.fault(location.localPath());
        if (fault.isPresent()) {
          problem("%s %s: %s".formatted(name, location, fault.get()));
          return false;
        }
      }
      FileSystem fileSystem = location.fileSystem(configuration);
      if (!location.exists(configuration)) {
        problem("%s %s: no such %s".formatted(name, location, folder ? "folder" : "file"));
        return false;
      }
      FileStatus status = fileSystem.getFileStatus(location.hadoopPath());
      if (status.isDirectory() != folder) {
        problem(
            "%s %s: is a %s, but must be a %s"
                .formatted(name, location, folder ? "file" : "folder", folder ? "folder" : "file"));
        return false;
      }
      if (folder) {
        for (FileStatus file : fileSystem.listStatus(location.hadoopPath())) {
          isInput(name, location.child(file.getPath().getName()));
        }
      } else {
        fileSystem.open(location.hadoopPath()).close();
        isInput(name, location);
      }
      readable.add(location.normalized());
      return true;
    } catch (IOException | RuntimeException e) {
      problem("%s %s: cannot be read: %s".formatted(name, location, FailureReason.withoutFile(e)));
      return false;
    }
  }

  private void isInput(String name, Location file) throws IOException {
    inputs.putIfAbsent(file.identity(configuration), name);
  }

  /** Looks whether a video can be written, as {@link #output} does, in a format that there is. */
  public void video(String name, Location file) {
    if (Container.of(file.fileName()).isPresent()) {
      output(name, file);
    } else {
      problem("%s %s: must end in %s".formatted(name, file, Container.endings()));
    }
  }

  /**
   * Looks whether a file can be written, and nothing else of this run reads or writes it, under
   * this or another name; makes its folder.
   */
  public void output(String name, Location file) {
    try {
      // First of all, as a file system does not say what it takes in a folder that is not there.
      if (!writableFolder(name, file.parent())) {
        return;
      }
      Optional<String> fault = fault(file);
      if (fault.isPresent()) {
        problem("%s %s: %s".formatted(name, file, fault.get()));
        return;
      }
      requireRoomForName(file);
      Output other = outputs.putIfAbsent(identity(file), new Output(name, file));
      if (other != null) {
        problem("%s %s: is also %s; each must be another file".formatted(name, file, other.name()));
      }
    } catch (IOException | RuntimeException e) {
      problem("%s %s: cannot be written: %s".formatted(name, file, FailureReason.withoutFile(e)));
    }
  }

  /** Of an output: a file that is not there yet may be named in another case by another. */
  private String identity(Location file) throws IOException {
    String identity = file.identity(configuration);
    boolean folded =
        caselessFolders.contains(file.parent().normalized()) && !file.exists(configuration);
    return folded ? identity.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT) : identity;
  }

  /** What stands where an output is to be, if it is nothing that a file can take the place of. */
  private Optional<String> fault(Location file) throws IOException {
    String folder = "is a folder, but must be a file such as " + file.child("dubbed.mp4");
    if (!file.isLocal()) {
      return file.exists(configuration) && file.status(configuration).isDirectory()
          ? Optional.of(folder)
          : Optional.empty();
    }
    Path path = file.localPath();
    try {
      BasicFileAttributes there =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (there.isDirectory()) {
        return Optional.of(folder);
      }
      if (there.isSymbolicLink()) {
        return Optional.of(
            "is a link to %s; name that file itself, or another"
                .formatted(path.resolveSibling(Files.readSymbolicLink(path)).normalize()));
      }
      return there.isOther() ? Optional.of(RegularFile.IS_SPECIAL) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Looks whether the file system takes a name of this length. Local ones say so when they are
   * asked for the file, others only when a file is made.
   */
  private void requireRoomForName(Location file) throws IOException {
    if (!file.isLocal()) {
      tryFile(file.parent(), file.fileName().getBytes(StandardCharsets.UTF_8).length);
    }
  }

  /** Makes a file, which is removed again. */
  private void tryFile(Location folder, int nameLength) throws IOException {
    String name = ".latentsync-" + UUID.randomUUID();
    Location file = folder.child(name + "-".repeat(Math.max(0, nameLength - name.length())));
    file.fileSystem(configuration).create(file.hadoopPath()).close();
    file.delete(configuration);
  }

  /**
   * Makes a folder if it is not there, and looks whether files can be put into it.
   *
   * @return whether they can
   */
  public boolean writableFolder(String name, Location folder) {
    try {
      if (writableFolders.contains(folder.normalized())) {
        return true;
      }
      if (!folder.fileSystem(configuration).mkdirs(folder.hadoopPath())) {
        problem("%s: the folder %s cannot be made".formatted(name, folder));
        return false;
      }
      tryFile(folder, 0);
      if (folder.isLocal() && caseless.test(folder.localPath())) {
        caselessFolders.add(folder.normalized());
      }
      writableFolders.add(folder.normalized());
      return true;
    } catch (IOException | RuntimeException e) {
      problem(
          "%s: the folder %s cannot be written to: %s"
              .formatted(name, folder, FailureReason.withoutFile(e)));
      return false;
    }
  }
}
