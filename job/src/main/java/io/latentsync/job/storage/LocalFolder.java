package io.latentsync.job.storage;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.sun.security.auth.module.UnixSystem;
import io.latentsync.job.failure.InvalidInputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * Folders that a run creates on a local file system, where other users may have placed files or
 * links. Each is a real folder of this process's user. A link is followed only if root or this user
 * made it, in a folder that others cannot write to. Nothing is removed through a link.
 *
 * <p>A folder with unexpected attributes is compared with a new folder that this process creates in
 * it, because some file systems determine owners and permissions themselves (NFS that maps root to
 * nobody, CIFS, exFAT).
 */
public final class LocalFolder {
  /** Whether local file systems have Unix owners and permissions. */
  private static final boolean UNIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private static final int STICKY = 01000;
  private static final int PERMISSIONS = 0777;
  private static final int OTHERS_WRITE = 0002;

  /** Maximum number of links in a path, as in Linux. */
  private static final int MOST_LINKS = 40;

  private static final int DELETIONS = 3;

  /** The JVM option of the folder for temporary files. */
  private static final String TEMPORARY = "-Djava.io.tmpdir";

  /** The users that may use a folder. */
  public enum Access {
    /** Only this user. */
    OWNER("rwx------", 0077),
    /**
     * Also the group of the folder, if the process's umask permits it. This is for executors that
     * run as another user.
     */
    GROUP("rwxrwx---", 0007);

    private final String permissions;
    private final int forbidden;

    Access(String permissions, int forbidden) {
      this.permissions = permissions;
      this.forbidden = forbidden;
    }

    private FileAttribute<?>[] attributes() {
      return UNIX
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
          }
          : new FileAttribute<?>[0];
    }
  }

  /** Owner and mode of a file. For a link, they are those of the link and not of its target. */
  private record State(int owner, int mode) {
    static State of(Path file) throws IOException {
      return new State(
          (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS),
          (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS));
    }

    /** Owner and mode of a folder that this process creates in another. */
    static State ofNewIn(Path folder) throws IOException {
      Path made = Files.createTempDirectory(folder, ".latentsync-");
      try {
        return of(made);
      } finally {
        Files.delete(made);
      }
    }

    boolean letsOthersReplaceFiles() {
      return (mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0;
    }
  }

  private LocalFolder() {}

  /**
   * Returns a folder that no other user can read or write; creates it if it does not exist.
   *
   * @param option option that sets this folder, for the message
   * @return its path without links
   * @throws InvalidInputException if the existing folder belongs to another user, if others can use
   *     it, or if its path contains a link that others can change
   */
  public static Path own(Path folder, String option) throws IOException {
    Path real = withoutLinks(folder, option);
    claim(real, Access.OWNER, option);
    return real;
  }

  /**
   * Creates a folder, or accepts one that this user has created earlier. The folder must not be a
   * link.
   *
   * @param option option that sets this location, for the message
   * @throws InvalidInputException if the path exists but is not such a folder, or if others can
   *     change the folder
   */
  public static void claim(Path folder, Access access, String option) throws IOException {
    if (folder.getParent() != null) {
      requireSafe(folder.getParent(), option);
    }
    try {
      Files.createDirectory(folder, access.attributes());
    } catch (FileAlreadyExistsException e) {
      requireOwn(folder, access, option, e);
    }
  }

  /**
   * Creates the missing folders above a file, for the owner only. A task that ends late may create
   * the run's folder again, and the next run must be able to use it.
   */
  static void createFor(Path file) throws IOException {
    Files.createDirectories(file.getParent(), Access.OWNER.attributes());
  }

  /**
   * Creates a folder with a unique name in the run's folder, for this process only.
   *
   * @param folder the run's folder; created if it does not exist, as on a node that does not share
   *     it
   * @throws InvalidInputException if it is a link or not a folder, or if all users can write to it
   */
  static Path newIn(Path folder, String prefix) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(folder.getParent());
      try {
        // A task that ends late may create it again. The next run must be able to use it.
        Files.createDirectory(folder, Access.OWNER.attributes());
      } catch (FileAlreadyExistsException e) {
        requireFolder(folder, e); // Another task has created it.
      }
    }
    requireFolder(folder, null);
    requireNotReplaceable(folder, "--temp_dir");
    return Files.createTempDirectory(folder, prefix);
  }

  /**
   * Creates a folder in the JVM's temporary folder, for this process only.
   *
   * @throws InvalidInputException if other users could replace it
   */
  public static Path temporary(String prefix) throws IOException {
    return Files.createTempDirectory(requireSafe(temporary(), TEMPORARY), prefix);
  }

  /** The JVM's temporary folder. */
  static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /**
   * Checks the parent folder of folders that will be created later, and creates it if it does not
   * exist.
   *
   * @param option option that sets this folder, for the message
   * @return its path without links
   * @throws InvalidInputException if other users could replace the folders in it
   */
  public static Path requireSafe(Path folder, String option) throws IOException {
    Path real = withoutLinks(folder, option);
    Files.createDirectories(real);
    requireNotReplaceable(real, option);
    return real;
  }

  private static void requireNotReplaceable(Path folder, String option) throws IOException {
    if (UNIX
        && State.of(folder).letsOthersReplaceFiles()
        && !State.ofNewIn(folder).letsOthersReplaceFiles()) {
      throw refused(
          folder,
          "all users can replace its contents; remove their write permission (chmod o-w), set"
              + " the sticky bit (chmod +t)",
          option,
          null);
    }
  }

  private static void requireFolder(Path folder, Exception cause) throws InvalidInputException {
    if (Files.isSymbolicLink(folder)) {
      throw new InvalidInputException(
          "%s: is a link, but must be a folder that the run created; remove it".formatted(folder),
          cause);
    }
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException("%s: is not a folder; remove it".formatted(folder), cause);
    }
  }

  private static void requireOwn(Path folder, Access access, String option, Exception cause)
      throws IOException {
    requireFolder(folder, cause);
    if (!UNIX) {
      return;
    }
    State there = State.of(folder);
    if (there.owner() == user() && (there.mode() & access.forbidden) == 0) {
      return;
    }
    State made;
    try {
      made = State.ofNewIn(folder);
    } catch (AccessDeniedException e) {
      throw refused(folder, "this user may not write to it; remove it", option, e);
    }
    if (there.owner() != made.owner()) {
      throw refused(
          folder,
          "belongs to another user (%s); remove it".formatted(Files.getOwner(folder)),
          option,
          cause);
    }
    // Permissions that all folders of the file system have carry no information.
    if ((there.mode() & ~made.mode() & access.forbidden) != 0) {
      throw refused(
          folder,
          "other users can read or write it (mode %o); remove these permissions (chmod %o)"
              .formatted(there.mode() & PERMISSIONS, PERMISSIONS & ~access.forbidden),
          option,
          cause);
    }
  }

  private static long user() {
    return new UnixSystem().getUid();
  }

  /** The attributes of a new file that only this user can use. */
  static FileAttribute<?>[] ownFile() {
    return UNIX
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  /** Identifies this user on all machines that share a file system. */
  static String userId() {
    return UNIX ? Long.toString(user()) : System.getProperty("user.name");
  }

  /** The existing part of the path, with all links followed. */
  private static Path withoutLinks(Path path, String option) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path real = absolute.getRoot();
    Deque<Path> steps = new ArrayDeque<>();
    absolute.forEach(steps::add);
    int links = 0;
    while (!steps.isEmpty()) {
      String step = steps.pop().toString();
      if (step.equals("..")) {
        real = real.getParent() == null ? real : real.getParent();
      } else if (!step.isEmpty() && !step.equals(".")) {
        Path next = real.resolve(step);
        if (Files.isSymbolicLink(next)) {
          requireSafeLink(next, option);
          links++;
          if (links > MOST_LINKS) {
            throw new FileSystemException(path.toString(), null, "has too many links in its path");
          }
          Path target = Files.readSymbolicLink(next);
          real = target.isAbsolute() ? target.getRoot() : real;
          List<Path> names = new ArrayList<>();
          target.forEach(names::add);
          Collections.reverse(names);
          names.forEach(steps::push);
        } else {
          real = next;
        }
      }
    }
    return real;
  }

  private static void requireSafeLink(Path link, String option) throws IOException {
    if (!UNIX) {
      return;
    }
    int owner = State.of(link).owner();
    if (owner != 0 && owner != user()) {
      throw refused(
          link,
          "is a link of another user (%s); name the folder that it leads to"
              .formatted(Files.getOwner(link, LinkOption.NOFOLLOW_LINKS)),
          option,
          null);
    }
    if (State.of(link.getParent()).letsOthersReplaceFiles()) {
      throw refused(
          link,
          "is a link that all users can replace; name the folder that it leads to",
          option,
          null);
    }
  }

  private static InvalidInputException refused(
      Path path, String reason, String option, Exception cause) {
    return new InvalidInputException(
        "%s: %s, or name another folder with %s".formatted(path, reason, option), cause);
  }

  /**
   * Removes a file, a link or a folder with its contents, if it exists. A link's target is not
   * removed.
   */
  public static void delete(Path path) throws IOException {
    for (int left = DELETIONS - 1; Files.exists(path, LinkOption.NOFOLLOW_LINKS); left--) {
      try {
        MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
      } catch (IOException e) {
        // A task that is being stopped may have added or removed files meanwhile.
        if (left == 0) {
          throw e;
        }
      }
    }
  }
}
