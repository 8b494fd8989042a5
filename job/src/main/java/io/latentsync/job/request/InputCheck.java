package io.latentsync.job.request;

import io.latentsync.face.detect.InsightFaceDetector;
import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.failure.FailureReason;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.failure.OutageException;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.ProbeFile;
import io.latentsync.media.Container;
import io.latentsync.media.RegularFile;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.text.Printable;
import java.io.FileNotFoundException;
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
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * Checks before any work begins that the user's inputs can be read and the outputs written.
 * Collects all problems and reports them together. The caller defines the names in the messages,
 * such as an option, or a line and field of a manifest.
 */
public final class InputCheck {
  /** Maximum number of listed problems. */
  private static final int MOST_PROBLEMS = 1000;

  private final Configuration configuration;
  private final List<String> problems = new ArrayList<>();

  /** Number of problems that are not listed. */
  private int furtherProblems;

  private final Set<Location> readable = new HashSet<>();
  private final Set<Location> writableFolders = new HashSet<>();

  /** Names of inputs, by their identities. */
  private final Map<String, String> inputs = new HashMap<>();

  /** Outputs by their identities. */
  private final Map<String, Output> outputs = new LinkedHashMap<>();

  private record Output(String name, Location file) {}

  /** Whether a writable local folder ignores the case of names. */
  private final Predicate<Path> caseless;

  /** Folders that ignore the case of names. */
  private final Set<Location> caselessFolders = new HashSet<>();

  /** Number of problems that are outages. */
  private int outages;

  private Exception outage;

  /** Whether folders are created if they do not exist. */
  private final boolean createsFolders;

  /** A check that creates the folders of outputs. */
  public InputCheck(Configuration configuration) {
    this(configuration, true);
  }

  /**
   * A check.
   *
   * @param createsFolders whether the folders of outputs are created if they do not exist; else
   *     their nearest existing parent is checked
   */
  public InputCheck(Configuration configuration, boolean createsFolders) {
    this(configuration, createsFolders, InputCheck::isCaseless);
  }

  /**
   * A check with a given test of folders.
   *
   * @param caseless whether a local folder ignores the case of names
   */
  InputCheck(Configuration configuration, Predicate<Path> caseless) {
    this(configuration, true, caseless);
  }

  private InputCheck(
      Configuration configuration, boolean createsFolders, Predicate<Path> caseless) {
    this.configuration = configuration;
    this.createsFolders = createsFolders;
    this.caseless = caseless;
  }

  /** Whether a folder ignores the case of names. Creates a file in it and removes it again. */
  static boolean isCaseless(Path folder) {
    try (ProbeFile probe = ProbeFile.in(new Location(folder.toString()), 0, new Configuration())) {
      return Files.exists(folder.resolve(probe.file().fileName().toUpperCase(Locale.ROOT)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds a problem. The line names the option or field, its value and the valid values. */
  public void problem(String line) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(line);
    } else {
      furtherProblems++;
    }
  }

  /** Adds a problem whose cause may be an outage. */
  public void problem(String line, Exception cause) {
    problem(line);
    if (OutageException.isCauseOf(cause)) {
      outages++;
      outage = cause;
    }
  }

  /**
   * Ends the check.
   *
   * @throws InvalidInputException if there are problems; its message has a line for each
   */
  public void finish() throws InvalidInputException {
    outputs.forEach(
        (identity, output) -> {
          if (inputs.containsKey(identity)) {
            problem(
                "%s %s: is also %s; the output must be a different file"
                    .formatted(output.name(), output.file(), inputs.get(identity)));
          }
        });
    // Another attempt helps only if nothing else is wrong.
    Exception cause = outages == problems.size() + furtherProblems ? outage : null;
    if (furtherProblems > 0) {
      problems.add("and %d more problems".formatted(furtherProblems));
      furtherProblems = 0;
    }
    if (!problems.isEmpty()) {
      throw InvalidInputException.ofLines(problems, cause);
    }
  }

  /** Checks every file of a model. */
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

  /** Checks InsightFace's files, if an option names their folder. */
  public void faces(FaceOptions faces) {
    if (faces.insightFace().isPresent()) {
      Location folder = faces.insightFace().get();
      readable("--face_models", folder, true);
      readable("--face_models", folder.child(InsightFaceDetector.BOXES_FILE), false);
      readable("--face_models", folder.child(InsightFaceDetector.POINTS_FILE), false);
    }
  }

  /** Checks SyncNet's checkpoint, if an option names one. */
  public void syncNet(SyncOptions sync) {
    sync.network().ifPresent(network -> readable("--syncnet_path", network, false));
  }

  /**
   * Checks the files that an edit names.
   *
   * @param place of the edit, such as {@code --edit}
   */
  public void edit(String place, Edit edit) {
    for (Speaker speaker : edit.speakers()) {
      readable(
          "%s: audio of the speaker %s".formatted(place, Printable.value(speaker.name())),
          speaker.speech(),
          false);
    }
    edit.sound().location().ifPresent(file -> readable(place + ": sound", file, false));
  }

  /**
   * Checks that a path exists, can be opened, and is a file or a folder as required.
   *
   * @return whether the path passes all checks
   */
  public boolean readable(String name, Location location, boolean folder) {
    try {
      if (hasPassword(name, location)) {
        return false;
      }
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
      FileStatus status = location.status(configuration);
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
    } catch (FileNotFoundException e) {
      problem("%s %s: no such %s".formatted(name, location, folder ? "folder" : "file"));
      return false;
    } catch (IOException | RuntimeException e) {
      problem(
          "%s %s: cannot be read: %s".formatted(name, location, FailureReason.withoutFile(e)), e);
      return false;
    }
  }

  private boolean hasPassword(String name, Location location) {
    if (location.hasPassword()) {
      problem(
          "%s %s: must not contain a password, which would be in logs and results; see"
                  .formatted(name, location)
              + " deploy/OBJECT_STORES.md");
    }
    return location.hasPassword();
  }

  private void isInput(String name, Location file) throws IOException {
    inputs.putIfAbsent(file.identity(configuration), name);
  }

  /** Checks like {@link #output} that a video can be written, and that its format is supported. */
  public void video(String name, Location file) {
    if (Container.of(file.fileName()).isPresent()) {
      output(name, file);
    } else {
      problem("%s %s: must end in %s".formatted(name, file, Container.endings()));
    }
  }

  /**
   * Checks that a file can be written and that no other input or output of this run is the same
   * file, even under another name. Creates its folder.
   */
  public void output(String name, Location file) {
    try {
      // First, because the other checks need an existing folder.
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
        problem(
            "%s %s: is also %s; they must be different files".formatted(name, file, other.name()));
      }
    } catch (IOException | RuntimeException e) {
      problem(
          "%s %s: cannot be written: %s".formatted(name, file, FailureReason.withoutFile(e)), e);
    }
  }

  /**
   * The identity of an output. If the folder ignores case, the case of a file that does not exist
   * yet is ignored, too.
   */
  private String identity(Location file) throws IOException {
    String identity = file.identity(configuration);
    boolean folded =
        caselessFolders.contains(file.parent().normalized()) && !file.exists(configuration);
    return folded ? identity.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT) : identity;
  }

  /** The problem if a folder, link or special file exists at an output's path; else empty. */
  private Optional<String> fault(Location file) throws IOException {
    String folder = "is a folder, but must be a file such as " + file.child("dubbed.mp4");
    if (!file.isLocal()) {
      return isFolder(file) ? Optional.of(folder) : Optional.empty();
    }
    Path path = file.localPath();
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory()) {
        return Optional.of(folder);
      }
      if (attributes.isSymbolicLink()) {
        return Optional.of(
            "is a link to %s; name that file itself, or another"
                .formatted(path.resolveSibling(Files.readSymbolicLink(path)).normalize()));
      }
      return attributes.isOther() ? Optional.of(RegularFile.IS_SPECIAL) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private boolean isFolder(Location file) throws IOException {
    try {
      return file.status(configuration).isDirectory();
    } catch (FileNotFoundException e) {
      return false;
    }
  }

  /**
   * Checks that the file system accepts a name of this length. Local file systems report a name
   * that is too long when the file's status is read, others only when a file is created.
   */
  private void requireRoomForName(Location file) throws IOException {
    if (!file.isLocal()) {
      tryFile(existing(file.parent()), file.fileName().getBytes(StandardCharsets.UTF_8).length);
    }
  }

  /** A folder, or its nearest parent that exists. */
  private Location existing(Location folder) throws IOException {
    Location nearest = folder;
    while (!nearest.exists(configuration) && !nearest.parent().equals(nearest)) {
      nearest = nearest.parent();
    }
    return nearest;
  }

  /** Creates a file and removes it again. */
  private void tryFile(Location folder, int nameLength) throws IOException {
    ProbeFile.in(folder, nameLength, configuration).close();
  }

  /** Whether folders are created if they do not exist. */
  public boolean createsFolders() {
    return createsFolders;
  }

  /**
   * Creates a folder if it does not exist, and checks that files can be created in it. Without
   * creating folders: checks the nearest parent that exists.
   *
   * @return whether files can be created
   */
  public boolean writableFolder(String name, Location folder) {
    try {
      if (hasPassword(name, folder)) {
        return false;
      }
      if (writableFolders.contains(folder.normalized())) {
        return true;
      }
      if (createsFolders && !folder.fileSystem(configuration).mkdirs(folder.hadoopPath())) {
        problem("%s: the folder %s cannot be created".formatted(name, folder));
        return false;
      }
      Location existing = existing(folder);
      tryFile(existing, 0);
      if (existing.isLocal() && caseless.test(existing.localPath())) {
        caselessFolders.add(folder.normalized());
      }
      writableFolders.add(folder.normalized());
      return true;
    } catch (IOException | RuntimeException e) {
      problem(
          "%s: the folder %s cannot be written to: %s"
              .formatted(name, folder, FailureReason.withoutFile(e)),
          e);
      return false;
    }
  }
}
