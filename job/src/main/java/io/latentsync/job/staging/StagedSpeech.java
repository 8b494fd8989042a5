package io.latentsync.job.staging;

import io.latentsync.audio.PcmSource;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;

/** Speech in staging: raw little-endian 16-bit samples, mono, 16 kHz, read on demand. */
public final class StagedSpeech implements PcmSource, AutoCloseable {
  private final FSDataInputStream stream;
  private final long samples;

  private StagedSpeech(FSDataInputStream stream, long samples) {
    this.stream = stream;
    this.samples = samples;
  }

  public static StagedSpeech open(Location file, Configuration configuration) throws IOException {
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
