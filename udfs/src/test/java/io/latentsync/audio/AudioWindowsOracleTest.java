package io.latentsync.audio;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.Checkpoint;
import io.latentsync.nn.WhisperConfig;
import io.latentsync.nn.WhisperEncoder;
import io.latentsync.testing.Clips;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an encoder hears at the borders of its windows in a minute and a half of real speech. */
@Tag("oracle")
final class AudioWindowsOracleTest {
  private static final int MIDDLE = FeatureWindows.WINDOW_ROWS / 2;

  /** 0.2 s. */
  private static final int FRAMES_AROUND = 5;

  private static final String POSITIONS = "encoder.positional_embedding";

  @Test
  void atTheBordersOfOverlappingWindowsLessOfWhatIsHeardIsMissing() throws IOException {
    PcmArray track = minuteAndAHalf();
    try (Checkpoint checkpoint =
            Checkpoint.open(Oracles.folders("whisper_").get(0).resolve("nano.pt"));
        NDManager manager = NDManager.newBaseManager();
        WhisperEncoder whisper =
            WhisperEncoder.trainable(WhisperConfig.of(checkpoint), Device.cpu())) {
      whisper.weights(weightsWithoutPositions(checkpoint, whisper.config(), manager));
      float[] reference = difference(track, AudioWindows.REFERENCE, whisper, manager, 1500, 3000);
      float[] overlap = difference(track, AudioWindows.OVERLAP, whisper, manager, 1250, 2250);
      // Measured: 0.23, 0.11, 0.08 and 0, 0.02, 0.02. The first state hears its neighbours only.
      assertThat(overlap[0]).isLessThan(1e-4f);
      for (int state = 0; state < reference.length; state++) {
        assertThat(overlap[state]).as("state %d", state).isLessThan(0.5f * reference[state]);
      }
    }
  }

  /** Two real speeches, three times. */
  private static PcmArray minuteAndAHalf() throws IOException {
    short[] first = PcmArray.ofWav(Clips.clip("demo1_audio.wav")).pcm();
    short[] second = PcmArray.ofWav(Clips.clip("demo2_audio.wav")).pcm();
    short[] all = new short[3 * (first.length + second.length)];
    for (int at = 0; at < all.length; at += first.length + second.length) {
      System.arraycopy(first, 0, all, at, first.length);
      System.arraycopy(second, 0, all, at + first.length, second.length);
    }
    return new PcmArray(all);
  }

  /**
   * A row has another position in another window, whose embedding would hide with random weights
   * what this is about: the speech that a window does not hear.
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
   * How much the features around some borders differ from those of a window that has the border in
   * its middle: root mean square over that of the features, by state.
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
        NDArray centres = frames.get(":, " + (HeardFrames.REFERENCE.rowsBefore() * states + state));
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
