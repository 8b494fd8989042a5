package io.latentsync.job.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY;
import static org.apache.hadoop.fs.Options.OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_WHOLE_FILE;

import io.latentsync.job.storage.ObjectUpload.UploadRecord;
import io.latentsync.text.Printable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * A file or folder under the name that the user gave. A path without a scheme is local, for any
 * default file system of Hadoop; a name with a scheme ({@code hdfs://…}, {@code s3a://…}, {@code
 * file:///…}) is a Hadoop path. Blanks, colons and non-ASCII letters are ordinary characters of a
 * path without a scheme.
 *
 * @param name the name that the user gave, not empty
 */
public record Location(String name) implements Serializable {
  private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /** A name and a password in front of the host: {@code s3a://key:secret@bucket/…}. */
  private static final Pattern PASSWORD =
      Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]+:/+)[^/@]*:.*@");

  /** Names of the incomplete files of commits. */
  private static final Pattern PART = Pattern.compile("\\.latentsync-[0-9a-f-]{36}\\.part");

  public Location {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a path must not be empty");
    }
  }

  /** Whether this is on the local file system of this process. */
  public boolean isLocal() {
    return !hasScheme() || "file".equals(hadoopPath().toUri().getScheme());
  }

  /** Whether this is the same file in any working directory. */
  public boolean isAbsolute() {
    return hasScheme() || Path.of(name).isAbsolute();
  }

  /** The local path, without {@code ..}; only if {@link #isLocal()}. */
  public Path localPath() {
    return hasScheme()
        ? Path.of(hadoopPath().toUri().getPath()).normalize()
        : withoutSteps(Path.of(name).toAbsolutePath());
  }

  /**
   * Resolves {@code ..} as the operating system does: after a link to a folder, it is the parent of
   * the link's target.
   */
  private static Path withoutSteps(Path path) {
    Path folder = path.getRoot();
    for (Path step : path) {
      if (step.toString().equals("..")) {
        Path real = Files.isSymbolicLink(folder) ? realPath(folder) : folder;
        folder = real.getParent() == null ? real : real.getParent();
      } else if (!step.toString().equals(".")) {
        folder = folder.resolve(step);
      }
    }
    return folder;
  }

  private static Path realPath(Path link) {
    try {
      return link.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public org.apache.hadoop.fs.Path hadoopPath() {
    return hasScheme()
        ? new org.apache.hadoop.fs.Path(name)
        : new org.apache.hadoop.fs.Path("file", "", localPath().toString());
  }

  /** Whether the name contains a password. Names are written to results and logs. */
  public boolean hasPassword() {
    return PASSWORD.matcher(name).find();
  }

  private boolean hasScheme() {
    return SCHEME.matcher(name).matches();
  }

  /** The last name of the path. */
  public String fileName() {
    return hadoopPath().getName();
  }

  /** The folder that contains this. */
  public Location parent() {
    if (isLocal()) {
      Path parent = localPath().getParent();
      return new Location(parent == null ? "/" : parent.toString());
    }
    org.apache.hadoop.fs.Path parent = hadoopPath().getParent();
    return new Location((parent == null ? hadoopPath() : parent).toString());
  }

  /** A file or folder inside this one. */
  public Location child(String childName) {
    return new Location(
        isLocal()
            ? localPath().resolve(childName).toString()
            // Hadoop would read a name with a colon as a URI.
            : new org.apache.hadoop.fs.Path(
                    hadoopPath(), new org.apache.hadoop.fs.Path(null, null, childName))
                .toString());
  }

  /**
   * Resolves a name that a file of this folder contains. An absolute name or a name with a scheme
   * is not changed; other names are relative to this folder.
   *
   * @throws IllegalArgumentException if the name is not a valid path
   */
  public Location resolve(String other) {
    Location location = new Location(other);
    return location.hasScheme() || Path.of(other).isAbsolute()
        ? location.normalized()
        : child(other).normalized();
  }

  /** A unique name: two locations are the same if their unique names are equal. */
  public Location normalized() {
    return new Location(isLocal() ? localPath().toString() : hadoopPath().toString());
  }

  /**
   * The identity of this file in the file system. All names of a file have the same identity, also
   * if they differ by links, by {@code ..}, or by case on a file system that ignores case. A file
   * that does not exist yet is identified by its folder and name.
   *
   * @throws IOException if the location cannot be reached
   */
  public String identity(Configuration configuration) throws IOException {
    if (!isLocal()) {
      FileSystem fileSystem = fileSystem(configuration);
      String service = fileSystem.getCanonicalServiceName();
      return (service == null ? fileSystem.getUri() : service) + hadoopPath().toUri().getPath();
    }
    Path path = localPath();
    if (!Files.exists(path) && path.getParent() != null) {
      return parent().identity(configuration) + "/" + path.getFileName();
    }
    // In file systems with file numbers, all hard links to a file have the same number.
    Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return key == null ? path.toRealPath().toString() : key.toString();
  }

  /** The file system of this location. The local file system writes no checksum files of Hadoop. */
  public FileSystem fileSystem(Configuration configuration) throws IOException {
    return isLocal()
        ? FileSystem.getLocal(configuration).getRawFileSystem()
        : FileSystemClient.of(hadoopPath(), configuration);
  }

  public boolean exists(Configuration configuration) throws IOException {
    return isLocal() ? Files.exists(localPath()) : fileSystem(configuration).exists(hadoopPath());
  }

  /**
   * The status of this file or folder in the file system.
   *
   * @throws FileNotFoundException if it does not exist; the message names it
   */
  public FileStatus status(Configuration configuration) throws IOException {
    try {
      return fileSystem(configuration).getFileStatus(hadoopPath());
    } catch (FileNotFoundException e) {
      throw missing(e);
    }
  }

  /**
   * Returns a local file or folder with the same contents: this one if it is local, else a copy
   * inside {@code scratch}.
   *
   * @param scratch a local folder, which the caller deletes
   */
  public Path fetch(Configuration configuration, Path scratch) throws IOException {
    if (isLocal()) {
      if (!Files.exists(localPath())) {
        throw missing(null);
      }
      return localPath();
    }
    Path copy = Files.createTempDirectory(scratch, "fetched-").resolve(fileName());
    copyTo(configuration, copy);
    return copy;
  }

  private FileNotFoundException missing(Throwable cause) {
    FileNotFoundException missing = new FileNotFoundException(name + ": no such file or folder");
    missing.initCause(cause);
    return missing;
  }

  /**
   * Copies this file or folder.
   *
   * @param local a path that does not exist, in an existing folder
   */
  void copyTo(Configuration configuration, Path local) throws IOException {
    FileStatus status = status(configuration);
    if (status.isFile()) {
      // An object store need not be asked for the status again, and sends the file in one request.
      try (InputStream in =
          FutureIO.awaitFuture(
              fileSystem(configuration)
                  .openFile(hadoopPath())
                  .withFileStatus(status)
                  .opt(FS_OPTION_OPENFILE_READ_POLICY, FS_OPTION_OPENFILE_READ_POLICY_WHOLE_FILE)
                  .build())) {
        Files.copy(in, local);
      }
    } else {
      fileSystem(configuration)
          .copyToLocalFile(false, hadoopPath(), new org.apache.hadoop.fs.Path(local.toUri()), true);
    }
  }

  /**
   * Copies a finished local file to this location. The file appears complete or not at all; an
   * existing file is replaced. In a file system it is written to the same folder under a unique
   * name, then renamed; an object store shows it at the end of the upload.
   */
  public void commit(Configuration configuration, Path finished) throws IOException {
    if (!isLocal()) {
      FileSystem fileSystem = fileSystem(configuration);
      if (ObjectUpload.isSupported(fileSystem, hadoopPath())) {
        new ObjectUpload(fileSystem, hadoopPath()).put(finished);
        return;
      }
    }
    commitThrough(newPart(), configuration, finished);
  }

  private void commitThrough(Location part, Configuration configuration, Path finished)
      throws IOException {
    try {
      if (isLocal()) {
        LocalFolder.createFor(localPath());
        Files.copy(finished, part.localPath());
        Files.move(
            part.localPath(),
            localPath(),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      } else {
        fileSystem(configuration)
            .copyFromLocalFile(new org.apache.hadoop.fs.Path(finished.toUri()), part.hadoopPath());
        FileContext.getFileContext(hadoopPath().toUri(), configuration)
            .rename(part.hadoopPath(), hadoopPath(), Options.Rename.OVERWRITE);
      }
    } finally {
      part.delete(configuration);
    }
  }

  /** The location of the incomplete file of a commit. */
  private Location newPart() {
    // Does not contain the file's own name, which may have the maximum length.
    return parent().child(".latentsync-" + UUID.randomUUID() + ".part");
  }

  /**
   * Copies a finished local file as {@link #commit(Configuration, Path)} does, and removes the
   * incomplete file or aborts the upload of an earlier attempt that was killed.
   *
   * @param record a file that attempts share, and that only one attempt uses at a time
   */
  public void commit(Configuration configuration, Path finished, Location record)
      throws IOException {
    FileSystem fileSystem = fileSystem(configuration);
    UploadRecord upload = record.asRecord(configuration);
    if (!isLocal() && ObjectUpload.isSupported(fileSystem, hadoopPath())) {
      new ObjectUpload(fileSystem, hadoopPath()).put(finished, upload);
      return;
    }
    Optional<String> earlier = upload.read().map(name -> new String(name, UTF_8));
    if (earlier.isPresent() && PART.matcher(earlier.get()).matches()) {
      parent().child(earlier.get()).delete(configuration);
    }
    Location part = newPart();
    upload.write(part.fileName().getBytes(UTF_8));
    commitThrough(part, configuration, finished);
    upload.delete();
  }

  /** Removes the invisible parts of files in this folder that killed processes were uploading. */
  public void abortUploads(Configuration configuration) throws IOException {
    if (!isLocal()) {
      ObjectUpload.abortAllIn(fileSystem(configuration), hadoopPath());
    }
  }

  private UploadRecord asRecord(Configuration configuration) {
    return new UploadRecord() {
      @Override
      public Optional<byte[]> read() throws IOException {
        return fileLength(configuration).isPresent()
            ? Optional.of(Location.this.read(configuration))
            : Optional.empty();
      }

      @Override
      public void write(byte[] upload) throws IOException {
        commit(configuration, upload);
      }

      @Override
      public void delete() throws IOException {
        Location.this.delete(configuration);
      }
    };
  }

  /** Writes a small file to this location atomically. */
  public void commit(Configuration configuration, byte[] contents) throws IOException {
    Path scratch = LocalFolder.temporary("latentsync-");
    try {
      commit(configuration, Files.write(scratch.resolve("contents"), contents));
    } finally {
      LocalFolder.delete(scratch);
    }
  }

  /** All bytes of a small file. */
  public byte[] read(Configuration configuration) throws IOException {
    try (InputStream in = fileSystem(configuration).open(hadoopPath())) {
      return in.readAllBytes();
    }
  }

  /**
   * The length of a regular file, in bytes. Empty if the file does not exist, or is a folder, a
   * pipe or a link.
   */
  public OptionalLong fileLength(Configuration configuration) throws IOException {
    if (isLocal()) {
      return Files.isRegularFile(localPath(), LinkOption.NOFOLLOW_LINKS)
          ? OptionalLong.of(Files.size(localPath()))
          : OptionalLong.empty();
    }
    try {
      FileStatus status = fileSystem(configuration).getFileStatus(hadoopPath());
      return status.isFile() ? OptionalLong.of(status.getLen()) : OptionalLong.empty();
    } catch (FileNotFoundException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * An entry of a folder.
   *
   * @param isFile whether it has a {@link #fileLength}
   */
  public record Child(Location location, boolean isFile) {}

  /** The entries of this folder; none if it does not exist. */
  public List<Child> children(Configuration configuration) throws IOException {
    List<Child> children = new ArrayList<>();
    if (isLocal()) {
      // Hadoop's local file system lists neither broken links nor names with a colon.
      if (Files.isDirectory(localPath(), LinkOption.NOFOLLOW_LINKS)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(localPath())) {
          for (Path file : files) {
            boolean isFile = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
            children.add(new Child(new Location(file.toString()), isFile));
          }
        } catch (DirectoryIteratorException e) {
          throw e.getCause();
        }
      }
    } else {
      for (FileStatus file : list(configuration)) {
        children.add(new Child(child(file.getPath().getName()), file.isFile()));
      }
    }
    return children;
  }

  private FileStatus[] list(Configuration configuration) throws IOException {
    try {
      return fileSystem(configuration).listStatus(hadoopPath());
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    }
  }

  /** The SHA-256 of the file's bytes, in hexadecimal digits. */
  public String sha256(Configuration configuration) throws IOException {
    try (InputStream in = fileSystem(configuration).open(hadoopPath())) {
      return DigestUtils.sha256Hex(in);
    }
  }

  /** Removes the file or folder, if it exists. A link's target is not removed. */
  public void delete(Configuration configuration) throws IOException {
    if (isLocal()) {
      LocalFolder.delete(localPath());
    } else {
      fileSystem(configuration).delete(hadoopPath(), true);
    }
  }

  /** Identifies a state of a file: its name, length and modification time. */
  public String state(Configuration configuration) throws IOException {
    return state(status(configuration), configuration);
  }

  /** The state of a file or folder of this status. */
  String state(FileStatus status, Configuration configuration) throws IOException {
    StringBuilder state = new StringBuilder(hadoopPath().toString());
    if (status.isDirectory()) {
      FileStatus[] entries = fileSystem(configuration).listStatus(hadoopPath());
      Arrays.sort(entries);
      for (FileStatus entry : entries) {
        append(state.append('\n').append(entry.getPath().getName()), entry);
      }
    } else {
      append(state, status);
    }
    return state.toString();
  }

  private static void append(StringBuilder state, FileStatus status) {
    state.append(' ').append(status.getLen()).append(' ').append(status.getModificationTime());
  }

  /** The name for messages, see {@link Printable#value}, without a password; not always a path. */
  @Override
  public String toString() {
    return Printable.value(PASSWORD.matcher(name).replaceFirst("$1…@"));
  }
}
