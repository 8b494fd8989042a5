package io.latentsync.job;

import io.latentsync.audio.PcmSource;
import io.latentsync.media.AudioReader;
import io.latentsync.media.MediaException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;

/** Speech in staging: raw little-endian 16-bit samples, mono, 16 kHz, read where it is needed. */
final class StagedSpeech implements PcmSource, AutoCloseable {
  private final FSDataInputStream stream;
  private final long samples;

  private StagedSpeech(FSDataInputStream stream, long samples) {
    this.stream = stream;
    this.samples = samples;
  }

  /**
   * Writes a sound track in this form.
   *
   * @param audio any file with sound
   * @param pcm the file to write
   * @throws IOException if it has no sound; the message names it
   */
  static void decode(Path audio, Path pcm) throws IOException {
    long samples = 0;
    try (AudioReader reader = AudioReader.open(audio);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(pcm))) {
      short[] buffer = new short[16_000];
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * n).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(buffer, 0, n);
        out.write(bytes.array());
        samples += n;
      }
    }
    if (samples == 0) {
      throw new MediaException(audio, "has no audio samples");
    }
  }

  static StagedSpeech open(Location file, Configuration configuration) throws IOException {
    long bytes = file.status(configuration).getLen();
    return new StagedSpeech(
        file.fileSystem(configuration).open(file.hadoopPath()), bytes / Short.BYTES);
  }

  @Override
  public long samples() {
    return samples;
  }

  @Override
  public void read(long start, short[] into) throws IOException {
    byte[] bytes = new byte[Short.BYTES * into.length];
    stream.readFully(Short.BYTES * start, bytes);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(into);
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
