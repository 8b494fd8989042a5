package io.latentsync.job.storage;

import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.BBUploadHandle;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.MultipartUploader;
import org.apache.hadoop.fs.PartHandle;
import org.apache.hadoop.fs.UploadHandle;
import org.apache.hadoop.util.functional.FutureIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes files to an object store. The store shows an object when its upload is complete, and
 * replaces an existing object in one step. So nothing is renamed, which would be a copy.
 */
final class ObjectUpload {
  private static final Logger log = LoggerFactory.getLogger(ObjectUpload.class);

  /** The connector's setting of the size of a part; it uploads smaller files in one request. */
  private static final String PART_SIZE = "fs.s3a.multipart.size";

  private static final long DEFAULT_PART_BYTES = 64L << 20;

  /** Maximum number of parts of an upload to S3. */
  private static final int MOST_PARTS = 10_000;

  /** The identifier of an unfinished upload, kept outside the process. */
  interface UploadRecord {
    /** The identifier; empty if there is none. */
    Optional<byte[]> read() throws IOException;

    /** Keeps an identifier. */
    void write(byte[] upload) throws IOException;

    /** Removes the identifier. */
    void delete() throws IOException;
  }

  private final FileSystem fileSystem;
  private final org.apache.hadoop.fs.Path target;

  ObjectUpload(FileSystem fileSystem, org.apache.hadoop.fs.Path target) {
    this.fileSystem = fileSystem;
    this.target = target;
  }

  /** Whether this file system shows a file only when it is complete, as S3A does. */
  static boolean isSupported(FileSystem fileSystem, org.apache.hadoop.fs.Path path)
      throws IOException {
    return fileSystem.hasPathCapability(path, CommonPathCapabilities.ABORTABLE_STREAM);
  }

  /** Uploads a local file. After an exception there is no trace of the upload. */
  void put(Path finished) throws IOException {
    FSDataOutputStreamBuilder<?, ?> create = fileSystem.createFile(target).overwrite(true);
    // No requests that check for a folder of the same name.
    FSDataOutputStream out = create.opt("fs.s3a.create.performance", true).recursive().build();
    boolean copied = false;
    try {
      Files.copy(finished, out);
      copied = true;
    } finally {
      if (!copied) {
        out.abort();
      }
    }
    out.close();
  }

  /**
   * Uploads a local file as {@link #put} does. If it has several parts, the identifier of the
   * upload is written to a file first. With it, the next attempt aborts the upload of a process
   * that was killed; otherwise the store would keep its parts, invisible but charged for.
   *
   * @param record the identifier; it is read first, and removed at the end
   */
  void put(Path finished, UploadRecord record) throws IOException {
    long bytes = Files.size(finished);
    long partBytes =
        Math.max(
            fileSystem.getConf().getLongBytes(PART_SIZE, DEFAULT_PART_BYTES),
            bytes / MOST_PARTS + 1);
    try (MultipartUploader uploader =
        fileSystem.createMultipartUploader(target.getParent()).build()) {
      Optional<byte[]> earlier = record.read();
      if (earlier.isPresent()) {
        abort(uploader, BBUploadHandle.from(ByteBuffer.wrap(earlier.get())));
      }
      if (bytes > partBytes) {
        UploadHandle upload = FutureIO.awaitFuture(uploader.startUpload(target));
        record.write(upload.toByteArray());
        putParts(finished, partBytes, uploader, upload);
      } else {
        put(finished);
      }
      if (earlier.isPresent() || bytes > partBytes) {
        record.delete();
      }
    }
  }

  private void putParts(
      Path finished, long partBytes, MultipartUploader uploader, UploadHandle upload)
      throws IOException {
    try (FileChannel file = FileChannel.open(finished)) {
      Map<Integer, PartHandle> parts = new HashMap<>();
      for (long start = 0; start < file.size(); start += partBytes) {
        long bytes = Math.min(partBytes, file.size() - start);
        file.position(start);
        parts.put(
            parts.size() + 1,
            FutureIO.awaitFuture(
                uploader.putPart(
                    upload,
                    parts.size() + 1,
                    start + bytes == file.size(),
                    target,
                    new Part(file),
                    bytes)));
      }
      FutureIO.awaitFuture(uploader.complete(upload, target, parts));
    } catch (IOException | RuntimeException e) {
      try {
        abort(uploader, upload);
      } catch (IOException failure) {
        e.addSuppressed(failure);
      }
      throw e;
    }
  }

  private void abort(MultipartUploader uploader, UploadHandle upload) throws IOException {
    try {
      FutureIO.awaitFuture(uploader.abort(upload, target));
    } catch (FileNotFoundException e) {
      log.debug("an upload of {} had ended", target, e);
    }
  }

  /**
   * Aborts the uploads of killed processes to files in a folder that no running process writes to.
   * A user may lack the permission; then only a rule of the store removes them.
   */
  static void abortAllIn(FileSystem fileSystem, org.apache.hadoop.fs.Path folder)
      throws IOException {
    if (!isSupported(fileSystem, folder)) {
      return;
    }
    try (MultipartUploader uploader = fileSystem.createMultipartUploader(folder).build()) {
      FutureIO.awaitFuture(uploader.abortUploadsUnderPath(folder));
    } catch (IOException e) {
      log.warn("unfinished uploads to {} are not removed: {}", folder, e.getMessage(), e);
    }
  }

  /** The file from its present position on. A retry reads a part again, so it can be reset. */
  private static final class Part extends FilterInputStream {
    private final FileChannel file;
    private long mark;

    Part(FileChannel file) {
      super(Channels.newInputStream(file));
      this.file = file;
      mark(0);
    }

    @Override
    public boolean markSupported() {
      return true;
    }

    @Override
    public synchronized void mark(int limit) {
      try {
        mark = file.position();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public synchronized void reset() throws IOException {
      file.position(mark);
    }

    /** Leaves the file open for the next part. */
    @Override
    public void close() {}
  }
}
