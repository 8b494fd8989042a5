package io.latentsync.benchmarks;

import io.latentsync.audio.LogMel;
import io.latentsync.audio.Mfcc;
import io.latentsync.audio.PcmSource;
import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Spectra of a window of 30 s. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class AudioBenchmark {
  private static final int SECONDS = 30;

  private final PcmSource track = PcmArray.noise(SECONDS * PcmSource.SAMPLE_RATE);
  private final LogMel logMel = new LogMel();
  private final Mfcc mfcc = new Mfcc();
  private float peak;

  /** Finds the track's peak. */
  @Setup
  public void measure() throws IOException {
    peak = logMel.peak(track);
  }

  /** The log-mel spectrogram that whisper encodes: 3000 columns of 80 bands. */
  @Benchmark
  public float[] logMel() throws IOException {
    return logMel.window(track, 0, peak);
  }

  /** The coefficients that SyncNet embeds: 3000 columns of 13. */
  @Benchmark
  public float[][] mfcc() throws IOException {
    return mfcc.columns(track, 0, SECONDS * Mfcc.COLUMNS_PER_SECOND);
  }
}
