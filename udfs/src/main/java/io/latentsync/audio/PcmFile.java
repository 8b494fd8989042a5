package io.latentsync.audio;

import io.latentsync.media.MediaException;
import io.latentsync.media.sound.AudioReader;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A local file of raw little-endian 16-bit samples, mono, 16 kHz, with random access. */
public final class PcmFile implements PcmSource, AutoCloseable {
  private static final int BLOCK = SAMPLE_RATE;

  private final Path file;
  private final FileChannel channel;
  private final long samples;

  private PcmFile(Path file, FileChannel channel, long samples) {
    this.file = file;
    this.channel = channel;
    this.samples = samples;
  }

  /**
   * Decodes a sound track into such a file.
   *
   * @param audio any file with sound
   * @param pcm the file to write
   * @return the faults of the sound track
   * @throws IOException if the file has no sound, or if most of its samples are faulty; the message
   *     names the file
   */
  public static DecodedSound decode(Path audio, Path pcm) throws IOException {
    long samples = 0;
    DecodedSound sound;
    try (AudioReader reader = AudioReader.open(audio);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(pcm))) {
      short[] buffer = new short[BLOCK];
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * n).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(buffer, 0, n);
        out.write(bytes.array());
        samples += n;
      }
      sound = new DecodedSound(reader.repairs(), reader.damage());
    }
    if (samples == 0) {
      throw new MediaException(audio, "has no audio samples");
    }
    if (sound.repairs().isHopeless()) {
      throw new MediaException(
          audio, "has no usable sound: most of it is %s".formatted(sound.repairs().text()));
    }
    return sound;
  }

  /**
   * Appends silence to such a file.
   *
   * @param samples its new length; nothing happens if it is longer
   */
  public static void extend(Path pcm, long samples) throws IOException {
    try (FileChannel channel = FileChannel.open(pcm, StandardOpenOption.WRITE)) {
      long bytes = Short.BYTES * samples;
      if (channel.size() < bytes) {
        // A file that grows is filled with zeros.
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
    }
  }

  /** Opens a file that {@link #decode} has written. */
  public static PcmFile open(Path pcm) throws IOException {
    FileChannel channel = FileChannel.open(pcm);
    return new PcmFile(pcm, channel, channel.size() / Short.BYTES);
  }

  @Override
  public long samples() {
    return samples;
  }

  @Override
  public void read(long start, short[] into) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Short.BYTES * into.length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, Short.BYTES * start + bytes.position()) < 0) {
        throw new EOFException(file + ": ends before sample " + (start + into.length));
      }
    }
    bytes.flip().asShortBuffer().get(into);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
