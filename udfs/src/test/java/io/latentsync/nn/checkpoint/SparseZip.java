package io.latentsync.nn.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a checkpoint zip beyond 4 GiB (zip64) whose first storage is a hole in the file, so that
 * it takes neither time nor space.
 */
final class SparseZip {
  private static final int NONE = 0xffffffff;

  private final FileChannel channel;
  private final ByteBuffer directory = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
  private int entries;

  private SparseZip(FileChannel channel) {
    this.channel = channel;
  }

  /** Entries data.pkl, data/0 of zeros, data/1. */
  static void write(Path file, byte[] pickle, long zeros, byte[] second) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      SparseZip zip = new SparseZip(channel);
      zip.header("archive/data.pkl", pickle.length);
      channel.write(ByteBuffer.wrap(pickle));
      zip.header("archive/data/0", zeros);
      channel.position(channel.position() + zeros);
      zip.header("archive/data/1", second.length);
      channel.write(ByteBuffer.wrap(second));
      zip.end();
    }
  }

  private void header(String name, long size) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    long offset = channel.position();
    ByteBuffer local = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    local.putInt(0x04034b50).putShort((short) 45).putInt(0).putInt(0).putInt(0);
    local.putInt(NONE).putInt(NONE).putShort((short) bytes.length).putShort((short) 20);
    local.put(bytes).putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
    channel.write(local.flip());

    directory.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putInt(0).putInt(0);
    directory.putInt(0).putInt(NONE).putInt(NONE).putShort((short) bytes.length);
    directory.putShort((short) 28).putInt(0).putShort((short) 0).putInt(0).putInt(NONE).put(bytes);
    directory.putShort((short) 1).putShort((short) 24).putLong(size).putLong(size).putLong(offset);
    entries++;
  }

  private void end() throws IOException {
    long start = channel.position();
    channel.write(directory.flip());
    long end = channel.position();
    ByteBuffer tail = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    tail.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putLong(0);
    tail.putLong(entries).putLong(entries).putLong(end - start).putLong(start);
    tail.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    tail.putInt(0x06054b50).putInt(0).putShort((short) -1).putShort((short) -1);
    tail.putInt(NONE).putInt(NONE).putShort((short) 0);
    channel.write(tail.flip());
  }
}
