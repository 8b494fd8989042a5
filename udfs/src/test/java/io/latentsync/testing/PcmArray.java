package io.latentsync.testing;

import io.latentsync.audio.PcmSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/** A track in memory. */
public record PcmArray(short[] pcm) implements PcmSource {

  /** A 16 kHz mono 16-bit wav file. */
  public static PcmArray ofWav(Path file) throws IOException {
    try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
      AudioFormat format = in.getFormat();
      if (format.getSampleRate() != SAMPLE_RATE
          || format.getChannels() != 1
          || format.getSampleSizeInBits() != 16
          || format.isBigEndian()) {
        throw new IOException(file + ": not 16 kHz mono 16 bit: " + format);
      }
      ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      short[] pcm = new short[bytes.remaining() / 2];
      bytes.asShortBuffer().get(pcm);
      return new PcmArray(pcm);
    } catch (UnsupportedAudioFileException e) {
      throw new IOException(file + ": no wav file", e);
    }
  }

  /** Noise of varying loudness; equal lengths give equal noise. */
  public static PcmArray noise(int samples) {
    Random random = new Random(samples);
    short[] pcm = new short[samples];
    for (int i = 0; i < samples; i++) {
      pcm[i] = (short) (random.nextGaussian() * (3000 + 2900 * Math.sin(i / 40_000.0)));
    }
    return new PcmArray(pcm);
  }

  @Override
  public long samples() {
    return pcm.length;
  }

  @Override
  public void read(long start, short[] into) {
    System.arraycopy(pcm, Math.toIntExact(start), into, 0, into.length);
  }
}
