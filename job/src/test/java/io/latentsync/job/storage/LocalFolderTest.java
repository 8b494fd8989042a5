package io.latentsync.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.latentsync.job.failure.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders in locations where other users may have created files or links. */
@Timeout(20)
final class LocalFolderTest {
  private static final int ANOTHER_USER = 54_321;

  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void follow() throws IOException {
    folder = temp.toRealPath();
  }

  private static Path mode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
    return path;
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode") & 07777;
  }

  private static void giveAway(Path path) {
    boolean given = true;
    try {
      Files.setAttribute(path, "unix:uid", ANOTHER_USER, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      given = false;
    }
    assumeTrue(given, "skipped: only root can give a file to another user");
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingCallable call) {
    return assertThatThrownBy(call).isInstanceOf(InvalidInputException.class);
  }

  private Path own(Path path) throws IOException {
    return LocalFolder.own(path, "--cache_dir");
  }

  @Test
  void aFolderThatALateTaskCreatesAgainCanBeClaimedByTheNextRun() throws IOException {
    Path run = folder.resolve("out").resolve("staging");
    Files.createDirectory(run.getParent());
    Path scratch = LocalFolder.newIn(run, "scratch-");
    LocalFolder.delete(scratch);
    LocalFolder.claim(run, LocalFolder.Access.OWNER, "--temp_dir");
    assertThat(run).isEmptyDirectory();
  }

  @Test
  void folderIsCreatedForItsUserOnlyAndReused() throws IOException {
    Path made = own(folder.resolve("a/b"));
    assertThat(mode(made)).isEqualTo(0700);
    Files.writeString(made.resolve("kept"), "");
    assertThat(own(folder.resolve("a/b"))).isEqualTo(made);
    try (Stream<Path> files = Files.list(made)) {
      assertThat(files).containsExactly(made.resolve("kept"));
    }
  }

  @Test
  void folderOfAnotherUserIsRefused() throws IOException {
    Path theirs = mode(Files.createDirectory(folder.resolve("theirs")), 0700);
    giveAway(theirs);
    assertRefused(() -> own(theirs))
        .hasMessage(
            theirs
                + ": belongs to another user (54321); remove it, or name another folder with"
                + " --cache_dir");
  }

  @Test
  void fileWithTheNameOfAFolderIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    assertRefused(() -> own(file)).hasMessage(file + ": is not a folder; remove it");
    assertThat(file).hasContent("mine");
  }

  @Test
  void linksOfTheUserAreFollowed() throws IOException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Files.createSymbolicLink(folder.resolve("data"), Path.of("disk"));
    Files.createSymbolicLink(disk.resolve("up"), Path.of("..", "data", "."));
    assertThat(own(folder.resolve("data/up/cache"))).isEqualTo(disk.resolve("cache"));
    assertThat(disk.resolve("cache")).isDirectory();
  }

  @Test
  void linkOfAnotherUserIsRefused() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    giveAway(link);
    assertRefused(() -> own(link.resolve("cache")))
        .hasMessage(
            link
                + ": is a link of another user (54321); name the folder that it leads to, or name"
                + " another folder with --cache_dir");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void linkThatAllUsersCanReplaceIsRefusedWithoutAStickyBit() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Path open = mode(Files.createDirectory(folder.resolve("open")), 0777);
    Path link = Files.createSymbolicLink(open.resolve("link"), target);
    assertRefused(() -> own(link.resolve("cache")))
        .hasMessage(
            link
                + ": is a link that all users can replace; name the folder that it leads to, or"
                + " name another folder with --cache_dir");
    mode(open, 01777);
    assertThat(own(link.resolve("cache"))).isEqualTo(target.resolve("cache"));
  }

  @Test
  void cyclicLinksAreRefused() throws IOException {
    Path one = folder.resolve("one");
    Files.createSymbolicLink(one, folder.resolve("two"));
    Files.createSymbolicLink(folder.resolve("two"), one);
    assertThatThrownBy(() -> own(one))
        .isInstanceOf(IOException.class)
        .hasMessage(one + ": has too many links in its path");
  }

  @Test
  void folderWhoseContentsAllUsersCanReplaceIsRefusedAndUnchanged() throws IOException {
    Path open = mode(Files.createDirectory(folder.resolve("open")), 0777);
    assertRefused(() -> LocalFolder.requireSafe(open, "--temp_dir"))
        .hasMessage(
            open
                + ": all users can replace its contents; remove their write permission (chmod"
                + " o-w), set the sticky bit (chmod +t), or name another folder with --temp_dir");
    assertThat(mode(open)).isEqualTo(0777);
    for (int mode : new int[] {01777, 0775, 02770, 0755, 0700}) {
      assertThat(LocalFolder.requireSafe(mode(open, mode), "--temp_dir")).isEqualTo(open);
      assertThat(mode(open)).isEqualTo(mode);
    }
  }

  @Test
  void temporaryFoldersOfARunArePrivate() throws IOException {
    Path staging = folder.resolve("staging");
    Path made = LocalFolder.newIn(staging, Scratch.PREFIX);
    assertThat(made.getParent()).isEqualTo(staging);
    assertThat(mode(made)).isEqualTo(0700);
    try (Scratch scratch = Scratch.temporary()) {
      assertThat(mode(scratch.folder())).isEqualTo(0700);
    }
  }

  @Test
  void scratchInAStagingFolderThatBecameALinkIsRefused() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Path link = Files.createSymbolicLink(folder.resolve("staging"), target);
    assertRefused(() -> Scratch.in(new Location(link.toString())))
        .hasMessageStartingWith(link + ": is a link");
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void scratchInAStagingFolderThatAllUsersCanWriteToIsRefused() throws IOException {
    Path open = mode(Files.createDirectory(folder.resolve("staging")), 0777);
    assertRefused(() -> Scratch.in(new Location(open.toString())))
        .hasMessageStartingWith(open + ": all users can replace its contents");
    assertThat(open).isEmptyDirectory();
  }

  @Test
  void rootOfTheFileSystemIsRefusedAsCache() {
    assertThatThrownBy(() -> own(Path.of("/")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("/: ");
  }

  @Test
  void deletionRemovesLinksAndNotTheirTargets() throws IOException {
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.writeString(target.resolve("letter.txt"), "mine");
    Path deep = Files.createDirectories(folder.resolve("gone/a/b"));
    Files.createSymbolicLink(deep.resolve("target"), target);
    Files.createSymbolicLink(deep.resolve("letter"), target.resolve("letter.txt"));
    LocalFolder.delete(folder.resolve("gone"));
    assertThat(folder.resolve("gone")).doesNotExist();
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    LocalFolder.delete(link);
    assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    new Location(dangling.toString()).delete(null);
    assertThat(Files.exists(dangling, LinkOption.NOFOLLOW_LINKS)).isFalse();
    LocalFolder.delete(folder.resolve("never there"));
    assertThat(target.resolve("letter.txt")).hasContent("mine");
  }
}
