package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.nn.networks.WhisperEncoder;
import io.latentsync.testing.Clips;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.PcmArray;
import java.io.IOException;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audio context at the borders of the encoder's windows, in 90 s of speech. */
final class AudioWindowsOracleTest {
  private static final int MIDDLE = FeatureWindows.WINDOW_ROWS / 2;

  /** 0.2 s. */
  private static final int FRAMES_AROUND = 5;

  private static final String POSITIONS = "encoder.positional_embedding";

  @TempDir private Path temporary;

  @Test
  void overlappingWindowsMissLessContextAtTheirBorders() throws IOException {
    PcmArray track = minuteAndAHalf();
    try (Checkpoint checkpoint = Checkpoint.open(new GoldenData(temporary).whisper());
        NDManager manager = NDManager.newBaseManager();
        WhisperEncoder whisper =
            WhisperEncoder.trainable(WhisperConfig.of(checkpoint), Device.cpu())) {
      whisper.weights(weightsWithoutPositions(checkpoint, whisper.config(), manager));
      float[] reference = difference(track, AudioWindows.REFERENCE, whisper, manager, 1500, 3000);
      float[] overlap = difference(track, AudioWindows.OVERLAP, whisper, manager, 1250, 2250);
      // Measured: 0.14, 0.025, 0.017 and 0, 0.0007, 0.0006. The first state depends on neighbouring
      // rows only.
      assertThat(overlap[0]).isLessThan(1e-4f);
      for (int state = 0; state < reference.length; state++) {
        assertThat(overlap[state]).as("state %d", state).isLessThan(0.5f * reference[state]);
      }
    }
  }

  /** Two voices in turn, for 10 and 20 s. */
  private PcmArray minuteAndAHalf() throws IOException {
    ShortBuffer all = ShortBuffer.allocate(90 * PcmSource.SAMPLE_RATE);
    while (all.hasRemaining()) {
      speak("speech1.wav", 10, all);
      speak("speech2.wav", 20, all);
    }
    return new PcmArray(all.array());
  }

  /** Repeats a speech. */
  private void speak(String name, int seconds, ShortBuffer into) throws IOException {
    short[] pcm = PcmArray.ofWav(Clips.sample(name, temporary)).pcm();
    int left = seconds * PcmSource.SAMPLE_RATE;
    while (left > 0) {
      int samples = Math.min(pcm.length, left);
      into.put(pcm, 0, samples);
      left -= samples;
    }
  }

  /**
   * Positional encodings are removed: with random weights their difference between two windows
   * would hide the effect of the missing audio context.
   */
  private static Map<String, NDArray> weightsWithoutPositions(
      Checkpoint checkpoint, WhisperConfig config, NDManager manager) throws IOException {
    Map<String, NDArray> weights = new HashMap<>();
    for (String name : config.tensors().keySet()) {
      NDArray weight = checkpoint.section("model_state_dict").read(manager, name);
      weights.put(name, weight.toType(DataType.FLOAT32, false));
    }
    weights.computeIfPresent(POSITIONS, (name, table) -> table.zerosLike());
    return weights;
  }

  /**
   * The difference between the features around some borders and those of a window with the border
   * in its middle: root mean square relative to that of the features, by state.
   */
  private static float[] difference(
      PcmArray track,
      AudioWindows laid,
      WhisperEncoder whisper,
      NDManager manager,
      int... borderRows)
      throws IOException {
    LogMel logMel = new LogMel();
    float peak = logMel.peak(track);
    WhisperFeatures features = new WhisperFeatures(track, peak, laid, whisper::hiddenStates);
    int states = whisper.config().audioLayers() + 1;
    double[] squares = new double[states];
    double[] all = new double[states];
    for (int border : borderRows) {
      assertThat(laid.windowOf(border - 1, 4000)).isEqualTo(laid.windowOf(border, 4000) - 1);
      NDArray mel =
          manager.create(
              logMel.window(track, 2L * (border - MIDDLE), peak),
              new Shape(1, LogMel.BANDS, LogMel.WINDOW_COLUMNS));
      NDArray shifted =
          whisper
              .hiddenStates(mel)
              .get("%d:%d:2".formatted(MIDDLE - 2 * FRAMES_AROUND, MIDDLE + 2 * FRAMES_AROUND));
      NDArray frames = features.frames(manager, border / 2 - FRAMES_AROUND, 2 * FRAMES_AROUND);
      for (int state = 0; state < states; state++) {
        NDArray centres =
            frames.get(":, " + (AudioContext.REFERENCE.rowsBefore() * states + state));
        NDArray expected = shifted.get(":, " + state);
        squares[state] += centres.sub(expected).square().sum().getFloat();
        all[state] += expected.square().sum().getFloat();
      }
    }
    float[] difference = new float[states];
    for (int state = 0; state < states; state++) {
      difference[state] = (float) Math.sqrt(squares[state] / all[state]);
    }
    return difference;
  }
}
