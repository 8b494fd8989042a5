package io.latentsync.job.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.codec.binary.Hex;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A copy in a node's cache, or the place of one: a folder {@code <hash>-<length>} that holds the
 * copy under its own name, or {@code <hash>-<length>.part} while it is fetched or removed. The file
 * {@code <hash>-<length>.sha256} holds the digest of what was fetched.
 *
 * @param folder what it is in when it is whole
 * @param length of its files, in bytes
 */
record CacheEntry(Path folder, long length) {
  private static final String PART = ".part";
  private static final String DIGEST = ".sha256";

  /** A length of more digits is none that a disk has, nor one that a long takes. */
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{32})-(\\d{1,18})(?:\\.part|\\.sha256)?");

  private static final int HASH_DIGITS = 32;
  private static final int DIGEST_DIGITS = 64;

  /** The files of the entries whose contents this process has compared with their digest. */
  private static final Map<Path, SortedMap<String, FileState>> CHECKED = new ConcurrentHashMap<>();

  /** What changes when a file is written to or replaced. */
  private record FileState(long length, FileTime modified, String key) {}

  /**
   * The entry of an input in a cache's folder.
   *
   * @param state of the input
   */
  static CacheEntry of(Path cache, String state, long length) {
    String hash = DigestUtils.sha256Hex(state).substring(0, HASH_DIGITS);
    return new CacheEntry(cache.resolve(hash + "-" + length), length);
  }

  /** The entry that a file of a cache's folder belongs to; empty if it is of another kind. */
  static Optional<CacheEntry> of(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches()
        ? Optional.of(
            new CacheEntry(
                file.resolveSibling(name.group(1) + "-" + name.group(2)),
                Long.parseLong(name.group(2))))
        : Optional.empty();
  }

  Path part() {
    return folder.resolveSibling(folder.getFileName() + PART);
  }

  private Path digestFile() {
    return folder.resolveSibling(folder.getFileName() + DIGEST);
  }

  /** The lock of those who use it. */
  long usePlace() {
    return Long.parseLong(folder.getFileName().toString().substring(0, 15), 16) << 1;
  }

  /** The lock of the one who fetches or checks it. */
  long fetchPlace() {
    return usePlace() + 1;
  }

  /** When somebody began to use it, or to fetch it; 0 if it has gone. */
  long lastUse() {
    return Math.max(folder.toFile().lastModified(), part().toFile().lastModified());
  }

  /** Whether this process has compared it with its digest, and it has not changed since. */
  boolean isKnownWhole() throws IOException {
    SortedMap<String, FileState> checked = CHECKED.get(folder);
    return checked != null && checked.equals(files(folder).orElse(null));
  }

  /** Whether all is there and nothing else, with the contents that were fetched. */
  boolean isWhole() throws IOException {
    Optional<SortedMap<String, FileState>> files = files(folder);
    if (files.isPresent() && files.get().equals(CHECKED.get(folder))) {
      return true; // Another thread has checked it meanwhile.
    }
    if (files.isEmpty()
        || length(files.get()) != length
        || !Files.isRegularFile(digestFile(), LinkOption.NOFOLLOW_LINKS)
        || Files.size(digestFile()) != DIGEST_DIGITS
        || !Files.readString(digestFile(), StandardCharsets.ISO_8859_1)
            .equals(digest(folder, files.get()))) {
      return false;
    }
    CHECKED.put(folder, files.get());
    return true;
  }

  /**
   * Makes what was fetched an entry, if it has the length.
   *
   * @return false if it has another length
   */
  boolean finish() throws IOException {
    SortedMap<String, FileState> files =
        files(part()).orElseThrow(() -> new IOException(part() + ": has links in it"));
    if (length(files) != length) {
      return false;
    }
    Files.writeString(digestFile(), digest(part(), files), StandardCharsets.ISO_8859_1);
    Files.move(part(), folder, StandardCopyOption.ATOMIC_MOVE);
    CHECKED.put(folder, files);
    return true;
  }

  /** Removes it, so that a part of it is never taken for all of it. */
  void delete() throws IOException {
    LocalFolder.delete(part());
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(folder, part(), StandardCopyOption.ATOMIC_MOVE);
      LocalFolder.delete(part());
    }
    LocalFolder.delete(digestFile());
    CHECKED.remove(folder);
  }

  /** By path from the root; empty if there is no such folder, or if it has links or pipes in it. */
  private static Optional<SortedMap<String, FileState>> files(Path root) throws IOException {
    if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    SortedMap<String, FileState> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(root)) {
      for (Path file : (Iterable<Path>) walk::iterator) {
        BasicFileAttributes attributes =
            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isRegularFile()) {
          files.put(
              root.relativize(file).toString(),
              new FileState(
                  attributes.size(),
                  attributes.lastModifiedTime(),
                  String.valueOf(attributes.fileKey())));
        } else if (!attributes.isDirectory()) {
          return Optional.empty();
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return Optional.of(files);
  }

  private static long length(SortedMap<String, FileState> files) {
    return files.values().stream().mapToLong(FileState::length).sum();
  }

  /** Of the files' names, lengths and contents, in hexadecimal digits. */
  private static String digest(Path root, SortedMap<String, FileState> files) throws IOException {
    MessageDigest digest = DigestUtils.getSha256Digest();
    for (Map.Entry<String, FileState> file : files.entrySet()) {
      digest.update(
          "%s\n%d\n"
              .formatted(file.getKey(), file.getValue().length())
              .getBytes(StandardCharsets.UTF_8));
      try (InputStream in = Files.newInputStream(root.resolve(file.getKey()))) {
        DigestUtils.updateDigest(digest, in);
      }
    }
    return Hex.encodeHexString(digest.digest());
  }
}
