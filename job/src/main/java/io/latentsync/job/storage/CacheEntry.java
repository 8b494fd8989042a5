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
 * An entry of a node's cache: a folder {@code <hash>-<length>} with the copy under its own name, or
 * {@code <hash>-<length>.part} while the copy is fetched or removed. The file {@code
 * <hash>-<length>.sha256} contains the digest of the fetched data.
 *
 * @param folder folder of the complete copy
 * @param length total length of its files, in bytes
 */
record CacheEntry(Path folder, long length) {
  private static final String PART = ".part";
  private static final String DIGEST = ".sha256";

  /** The names of entries. A length has at most 18 digits, so that it fits into a long. */
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{32})-(\\d{1,18})(?:\\.part|\\.sha256)?");

  private static final int HASH_DIGITS = 32;
  private static final int DIGEST_DIGITS = 64;

  /** The files of the entries whose digest this process has checked. */
  private static final Map<Path, SortedMap<String, FileState>> CHECKED = new ConcurrentHashMap<>();

  /** The attributes that change when a file is modified or replaced. */
  private record FileState(long length, FileTime modified, String key) {}

  /**
   * The entry of an input in a cache's folder.
   *
   * @param state name, length and modification time of the input
   */
  static CacheEntry of(Path cache, String state, long length) {
    String hash = DigestUtils.sha256Hex(state).substring(0, HASH_DIGITS);
    return new CacheEntry(cache.resolve(hash + "-" + length), length);
  }

  /** The entry of a file in a cache's folder; empty if the file belongs to no entry. */
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

  /** Position of the lock of its users. */
  long useLockPosition() {
    return Long.parseLong(folder.getFileName().toString().substring(0, 15), 16) << 1;
  }

  /** Position of the lock for fetching or checking it. */
  long fetchLockPosition() {
    return useLockPosition() + 1;
  }

  /** Time at which the last use or fetch began; 0 if there is no entry. */
  long lastUse() {
    return Math.max(folder.toFile().lastModified(), part().toFile().lastModified());
  }

  /** Whether this process has already checked its digest, and its files have not changed since. */
  boolean isVerified() throws IOException {
    SortedMap<String, FileState> checked = CHECKED.get(folder);
    return checked != null && checked.equals(files(folder).orElse(null));
  }

  /** Checks that the entry contains exactly the fetched files, by their digest. */
  boolean isIntact() throws IOException {
    Optional<SortedMap<String, FileState>> files = files(folder);
    if (files.isPresent() && files.get().equals(CHECKED.get(folder))) {
      return true; // Another thread has just checked it.
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
   * Completes the entry with the fetched files, if they have the right length.
   *
   * @return false if it has another length
   */
  boolean finish() throws IOException {
    SortedMap<String, FileState> files =
        files(part()).orElseThrow(() -> new IOException(part() + ": contains links"));
    if (length(files) != length) {
      return false;
    }
    Files.writeString(digestFile(), digest(part(), files), StandardCharsets.ISO_8859_1);
    Files.move(part(), folder, StandardCopyOption.ATOMIC_MOVE);
    CHECKED.put(folder, files);
    return true;
  }

  /** Removes the entry in such an order that the remains never count as a complete entry. */
  void delete() throws IOException {
    LocalFolder.delete(part());
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(folder, part(), StandardCopyOption.ATOMIC_MOVE);
      LocalFolder.delete(part());
    }
    LocalFolder.delete(digestFile());
    CHECKED.remove(folder);
  }

  /**
   * The files by path relative to the root; empty if the folder does not exist, or if it contains
   * links or pipes.
   */
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

  /** The digest of the files' names, lengths and contents, in hexadecimal digits. */
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
