package io.latentsync.nn.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.function.Supplier;

/**
 * A channel with a limit on the bytes that are read, for readers that keep all bytes in memory.
 * Closing it does not close the file.
 */
final class LimitedChannel implements SeekableByteChannel {
  private final FileChannel file;
  private final Supplier<IOException> tooMuch;
  private long left;
  private long position;
  private boolean open = true;

  /**
   * A channel at the beginning of the file.
   *
   * @param most maximum number of bytes to read
   * @param tooMuch error of reading more
   */
  LimitedChannel(FileChannel file, long most, Supplier<IOException> tooMuch) {
    this.file = file;
    this.left = most;
    this.tooMuch = tooMuch;
  }

  /** Sets the number of bytes that may still be read. */
  void allow(long bytes) {
    left = bytes;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count = file.read(into, position);
    if (count > 0) {
      position += count;
      left -= count;
    }
    if (left < 0) {
      throw tooMuch.get();
    }
    return count;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }
}
