package io.latentsync.job.staging;

import io.latentsync.audio.PcmSource;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import io.latentsync.media.AudioReader;
import io.latentsync.media.MediaException;
import io.latentsync.media.SoundRepairs;
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
public final class StagedSpeech implements PcmSource, AutoCloseable {
  private final FSDataInputStream stream;
  private final long samples;

  private StagedSpeech(FSDataInputStream stream, long samples) {
    this.stream = stream;
    this.samples = samples;
  }

  /**
   * Writes a sound track in this form.
   *
   * @param name what the user called the track
   * @param audio any file with sound
   * @param pcm the file to write
   * @return what was wrong with its samples, which are silent here
   * @throws IOException if it has no sound, or if most of its samples are wrong; the message names
   *     it
   */
  public static SoundRepairs decode(String name, Path audio, Path pcm) throws IOException {
    long samples = 0;
    SoundRepairs repairs;
    try (AudioReader reader = AudioReader.open(audio);
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(pcm))) {
      short[] buffer = new short[16_000];
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * n).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(buffer, 0, n);
        out.write(bytes.array());
        samples += n;
      }
      repairs = reader.repairs();
    }
    if (samples == 0) {
      throw new MediaException(audio, "has no audio samples");
    }
    if (repairs.isHopeless()) {
      throw new InvalidInputException(
          "%s: is no sound: it has %s, which is most of it".formatted(name, repairs.text()));
    }
    return repairs;
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
