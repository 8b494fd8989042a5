package io.latentsync.job.fetch;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.failure.OutageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * Downloads files. The received bytes stay in {@code FILE.part}, from which a later call resumes. A
 * file appears under its name only after its length and checksum were verified.
 */
public final class Download {
  /** Maximum number of consecutive attempts without a received byte. */
  private static final int ATTEMPTS = 5;

  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int BLOCK = 1 << 18;

  /** The status of a redirect that Java does not follow. */
  private static final int PERMANENT_REDIRECT = 308;

  private static final int MOST_REDIRECTS = 5;

  /** Maximum length in bytes of a file whose length is not known. */
  private static final long MAX_LENGTH = 100L << 30;

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

  private final URI base;
  private final Duration pause;

  /** A failure of the connection or the server after which another attempt may succeed. */
  private static final class TemporaryFailure extends IOException {
    private static final long serialVersionUID = 1L;

    TemporaryFailure(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Downloads from a server with the layout of Hugging Face.
   *
   * @param base the beginning of all files' addresses; http or https
   * @param pause after an attempt without a received byte; it doubles with each further such
   *     attempt
   */
  public Download(URI base, Duration pause) {
    this.base = base;
    this.pause = pause;
  }

  /**
   * Downloads a file unless it exists.
   *
   * @param folder the checkpoint folder, which {@link PublishedFile#target} is relative to
   * @param progress receives the number of bytes that are present
   * @throws IOException naming the address or the file, if the server cannot be reached or does not
   *     have the published file, if the disk is full, or if a different file exists at the target
   */
  public void fetch(PublishedFile file, Path folder, LongConsumer progress) throws IOException {
    Path target = folder.resolve(file.target());
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      requirePublished(file, target);
      progress.accept(Files.size(target));
      return;
    }
    Files.createDirectories(target.toAbsolutePath().getParent());
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try (FileChannel channel =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        FileLock lock = lock(channel, part)) {
      receive(file, channel, progress);
      channel.force(true);
      requireWhole(file, part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static FileLock lock(FileChannel channel, Path part) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      throw new InvalidInputException(busy(part), e);
    }
    throw new InvalidInputException(busy(part));
  }

  private static String busy(Path part) {
    return "%s: another process is downloading this file; wait for it, or name another folder"
        .formatted(part);
  }

  private void receive(PublishedFile file, FileChannel channel, LongConsumer progress)
      throws IOException {
    URI address = file.address(base);
    if (file.length().isPresent() && channel.size() > file.length().getAsLong()) {
      channel.truncate(0);
    }
    int failed = 0;
    while (file.length().isEmpty() || channel.size() < file.length().getAsLong()) {
      long before = channel.size();
      try {
        attempt(address, file.length(), channel, progress);
        return;
      } catch (TemporaryFailure e) {
        failed = channel.size() > before ? 0 : failed + 1;
        if (failed == ATTEMPTS) {
          throw new OutageException(
              "%s: %s, %d times in a row; %d bytes are downloaded; the same command continues"
                  .formatted(address, e.getMessage(), ATTEMPTS, channel.size()),
              e);
        }
        if (failed > 0) {
          sleep(pause.multipliedBy(1L << (failed - 1)));
        }
      }
    }
    progress.accept(channel.size());
  }

  private static void sleep(Duration pause) throws IOException {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** Appends the bytes of one connection; returns when the file is complete. */
  private static void attempt(
      URI address, OptionalLong length, FileChannel channel, LongConsumer progress)
      throws IOException {
    HttpURLConnection connection = connection(address, channel.size());
    try {
      for (int redirects = 0; redirects < MOST_REDIRECTS; redirects++) {
        String target = connection.getHeaderField("Location");
        if (status(connection) != PERMANENT_REDIRECT || target == null) {
          break;
        }
        // Java follows the other redirects itself.
        connection.disconnect();
        connection = connection(address.resolve(target), channel.size());
      }
      OptionalLong whole = accept(address, length, connection, channel);
      append(address, connection, channel, whole.orElse(MAX_LENGTH), progress);
      if (whole.isPresent() && channel.size() < whole.getAsLong()) {
        throw new TemporaryFailure("the connection was cut", null);
      }
    } finally {
      connection.disconnect();
    }
  }

  private static HttpURLConnection connection(URI address, long from) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    return connection;
  }

  private static int status(HttpURLConnection connection) throws TemporaryFailure {
    try {
      return connection.getResponseCode();
    } catch (IOException e) {
      throw new TemporaryFailure(reason(e), e);
    }
  }

  /**
   * Reads the response's status and headers, and sets the channel to the position of its body.
   *
   * @return the length of the whole file, if it is known
   */
  private static OptionalLong accept(
      URI address, OptionalLong length, HttpURLConnection connection, FileChannel channel)
      throws IOException {
    int status = status(connection);
    OptionalLong offered =
        switch (status) {
          case HttpURLConnection.HTTP_OK -> {
            // The server ignored the range and sends the whole file.
            channel.truncate(0);
            long size = connection.getContentLengthLong();
            yield size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
          }
          case HttpURLConnection.HTTP_PARTIAL -> total(connection, channel);
          // The part is a complete file of unknown length, or the server has a different file.
          case 416 -> {
            channel.truncate(0);
            throw new TemporaryFailure("the server refused to resume the file", null);
          }
          case HttpURLConnection.HTTP_CLIENT_TIMEOUT, 429 ->
              throw new TemporaryFailure("the server answers HTTP " + status, null);
          default -> {
            if (status >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
              throw new TemporaryFailure("the server answers HTTP " + status, null);
            }
            throw new InvalidInputException(
                "%s: the server does not provide the file (HTTP %d); --base_url must name a server with"
                        .formatted(address, status)
                    + " the files that --list shows");
          }
        };
    if (length.isPresent() && offered.isPresent() && !length.equals(offered)) {
      throw new InvalidInputException(
          "%s: the file has %d bytes on the server, but must have %d"
              .formatted(address, offered.getAsLong(), length.getAsLong()));
    }
    channel.position(channel.size());
    return length.isPresent() ? length : offered;
  }

  private static OptionalLong total(HttpURLConnection connection, FileChannel channel)
      throws IOException {
    Matcher range =
        CONTENT_RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
    if (!range.matches() || Long.parseLong(range.group(1)) != channel.size()) {
      channel.truncate(0);
      throw new TemporaryFailure("the server resumes the file at another position", null);
    }
    return range.group(2).equals("*")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(range.group(2)));
  }

  private static void append(
      URI address,
      HttpURLConnection connection,
      FileChannel channel,
      long length,
      LongConsumer progress)
      throws IOException {
    byte[] block = new byte[BLOCK];
    try (InputStream body = connection.getInputStream()) {
      int count;
      while ((count = read(body, block)) >= 0) {
        if (channel.size() + count > length) {
          channel.truncate(0);
          throw new InvalidInputException(
              "%s: the server sends more than the %d bytes that the file must have"
                  .formatted(address, length));
        }
        ByteBuffer bytes = ByteBuffer.wrap(block, 0, count);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        progress.accept(channel.size());
      }
    }
  }

  /** Errors of the connection are temporary; errors of the disk are not. */
  private static int read(InputStream body, byte[] block) throws IOException {
    try {
      return body.read(block);
    } catch (IOException e) {
      throw new TemporaryFailure(reason(e), e);
    }
  }

  private static String reason(IOException error) {
    if (error instanceof UnknownHostException) {
      return "the host is unknown";
    }
    if (error instanceof SocketTimeoutException) {
      return "no answer within %d s".formatted(TIMEOUT_MILLIS / 1000);
    }
    return error instanceof ConnectException
        ? "the server cannot be reached"
        : "the connection was cut";
  }

  private void requireWhole(PublishedFile file, Path part) throws IOException {
    String difference = difference(file, part);
    if (!difference.isEmpty()) {
      Files.delete(part);
      throw new InvalidInputException(
          "%s: the downloaded file %s; it was deleted".formatted(file.address(base), difference));
    }
  }

  private static void requirePublished(PublishedFile file, Path target) throws IOException {
    if (!Files.isRegularFile(target)) {
      throw new InvalidInputException(
          "%s: is no regular file; remove it, or name another folder".formatted(target));
    }
    String difference = difference(file, target);
    if (!difference.isEmpty()) {
      throw new InvalidInputException(
          "%s: is another file than the published one: it %s; move it away, or name another folder"
              .formatted(target, difference));
    }
  }

  /** The difference of a file from the published one; empty if they are equal. */
  private static String difference(PublishedFile file, Path local) throws IOException {
    long size = Files.size(local);
    if (file.length().isPresent() && size != file.length().getAsLong()) {
      return "has %d bytes, but must have %d".formatted(size, file.length().getAsLong());
    }
    String sha256;
    try (InputStream in = Files.newInputStream(local)) {
      sha256 = DigestUtils.sha256Hex(in);
    }
    return sha256.equals(file.sha256())
        ? ""
        : "has the SHA-256 checksum %s, but must have %s".formatted(sha256, file.sha256());
  }
}
