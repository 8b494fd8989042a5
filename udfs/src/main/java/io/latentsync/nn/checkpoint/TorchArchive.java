package io.latentsync.nn.checkpoint;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.archivers.zip.ZipMethod;

/**
 * The zip that {@code torch.save} writes: {@code <name>/data.pkl} describes the object, {@code
 * <name>/data/<key>} are the storages of its tensors, uncompressed.
 */
final class TorchArchive {
  /** The pickle of 1,246 tensors has 0.3 MB. */
  private static final int LONGEST_PICKLE = 16 << 20;

  /**
   * The directory of 1,246 tensors has 0.3 MB with its local headers. An entry has at least 46
   * bytes in the file, but the library allocates about 20 kB for each.
   */
  private static final int LONGEST_DIRECTORY = 2 << 20;

  private final Path file;
  private final long fileLength;
  private final ZipFile zip;
  private final String root;

  private TorchArchive(Path file, long fileLength, ZipFile zip, String root) {
    this.file = file;
    this.fileLength = fileLength;
    this.zip = zip;
    this.root = root;
  }

  /**
   * Reads the directory of a zip.
   *
   * @param channel of the file; it stays open
   */
  static CheckpointContents read(Path file, FileChannel channel) throws CheckpointException {
    LimitedChannel limited =
        new LimitedChannel(
            channel,
            LONGEST_DIRECTORY,
            () ->
                new CheckpointException(
                    file,
                    "is a zip whose directory has more than %d bytes, or its pickle more than %d"
                        .formatted(LONGEST_DIRECTORY, LONGEST_PICKLE)));
    try (ZipFile zip = ZipFile.builder().setSeekableByteChannel(limited).get()) {
      // Compression can add a few bytes to a pickle.
      limited.allow(2L * LONGEST_PICKLE);
      TorchArchive archive = new TorchArchive(file, channel.size(), zip, root(file, zip));
      archive.checkByteOrder();
      byte[] pickle = archive.bytes(zip.getEntry(archive.root + "data.pkl"), LONGEST_PICKLE);
      return TorchDictionary.contents(
          file, TorchUnpickler.read(file, new ByteArrayInputStream(pickle)), archive::position);
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      if (e.getCause() instanceof CheckpointException tooLong) {
        throw tooLong;
      }
      // The zip reader reports some damaged fields as illegal arguments.
      throw new CheckpointException(file, "is truncated, damaged or not a zip file", e);
    }
  }

  /** The folder of all entries, with its slash. */
  private static String root(Path file, ZipFile zip) throws CheckpointException {
    List<String> pickles =
        Collections.list(zip.getEntries()).stream()
            .map(ZipArchiveEntry::getName)
            .filter(name -> name.matches("[^/]+/data\\.pkl"))
            .toList();
    if (pickles.size() != 1) {
      throw new CheckpointException(
          file,
          "is a zip with "
              + pickles.size()
              + " entries <name>/data.pkl, where a PyTorch checkpoint has one");
    }
    return pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
  }

  private void checkByteOrder() throws IOException {
    ZipArchiveEntry entry = zip.getEntry(root + "byteorder");
    if (entry != null) {
      String order = new String(bytes(entry, 16), StandardCharsets.US_ASCII);
      if (!order.equals("little")) {
        throw new CheckpointException(
            file, "was saved in the byte order \"" + order + "\", only little is supported");
      }
    }
  }

  private byte[] bytes(ZipArchiveEntry entry, int most) throws IOException {
    ZipMethod method = ZipMethod.getMethodByCode(entry.getMethod());
    if (method != ZipMethod.STORED && method != ZipMethod.DEFLATED) {
      throw new CheckpointException(
          file,
          "its entry "
              + entry.getName()
              + " is compressed by the unsupported method "
              + entry.getMethod());
    }
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new CheckpointException(
            file, "its entry " + entry.getName() + " is longer than " + most + " bytes");
      }
      return bytes;
    }
  }

  private long position(String name, TorchUnpickler.Storage storage) throws IOException {
    ZipArchiveEntry entry = zip.getEntry(root + "data/" + storage.key());
    if (entry == null) {
      throw new CheckpointException(
          file, "tensor " + name + ": its data (data/" + storage.key() + ") are missing");
    }
    if (entry.getMethod() != ZipMethod.STORED.getCode()
        || entry.getGeneralPurposeBit().usesEncryption()) {
      throw new CheckpointException(
          file,
          "tensor "
              + name
              + ": its data are compressed or encrypted; save the checkpoint with torch.save");
    }
    int elementBytes = storage.type().bytes();
    long start = entry.getDataOffset();
    if (start < 0 || start > fileLength - entry.getSize()) {
      throw new CheckpointException(
          file, "is truncated: the data of tensor " + name + " end early");
    }
    if (entry.getSize() != Math.multiplyExact(storage.elements(), elementBytes)) {
      throw new CheckpointException(
          file,
          String.format(
              "tensor %s: its storage of %d %s elements has %d bytes",
              name, storage.elements(), storage.type(), entry.getSize()));
    }
    return start;
  }
}
