package io.latentsync.train.objective;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv1d;
import io.latentsync.audio.AudioContext;
import io.latentsync.nn.networks.WhisperEncoder;
import io.latentsync.train.data.SpeechWindow;
import io.latentsync.train.data.Spoken;
import io.latentsync.train.data.Timbre;
import io.latentsync.train.head.MouthShape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Trains the audio encoder to predict the mouths, before and together with the denoiser. One linear
 * layer, used only in training, maps the audio context of a frame to the mouth's values. The
 * denoiser's loss alone would train the encoder slowly, because most of a face does not depend on
 * the mouth.
 */
public final class AudioObjective implements Objective {
  private static final String WHISPER = "whisper.";
  private static final String MOUTH_WEIGHT = "mouth.weight";
  private static final String MOUTH_BIAS = "mouth.bias";

  private final NetworkConfigs config;
  private final WhisperEncoder whisper;
  private final List<List<? extends Spoken>> spoken;

  /**
   * An objective over speeches in memory.
   *
   * @param spoken lists that are sampled in turn; the first must not be empty
   */
  public AudioObjective(NetworkConfigs config, List<List<? extends Spoken>> spoken) {
    this.config = config;
    this.whisper = WhisperEncoder.trainable(config.whisper(), Device.cpu());
    this.spoken = List.copyOf(spoken);
  }

  @Override
  public SortedMap<String, long[]> weights() {
    SortedMap<String, long[]> weights = new TreeMap<>();
    config.learntWhisper().forEach((name, shape) -> weights.put(WHISPER + name, shape));
    long width = (config.whisper().audioLayers() + 1L) * config.whisper().audioState();
    weights.put(MOUTH_WEIGHT, new long[] {MouthShape.VALUES, width, config.context().rows()});
    weights.put(MOUTH_BIAS, new long[] {MouthShape.VALUES});
    return weights;
  }

  @Override
  public NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) {
    SpeechWindow window = SpeechWindow.sample(random, spoken);
    return error(weights, hiddenStates(step, weights, random, window), window.mouths(step));
  }

  /** Hidden states of a window, [1500,L+1,d], each speech with a random change of its timbre. */
  NDArray hiddenStates(
      NDManager step, Map<String, NDArray> weights, Random random, SpeechWindow window) {
    whisper.weights(config.withWhisperTables(step, whisperOf(weights)));
    return whisper.hiddenStates(window.mel(step, speech -> Timbre.change(step, random, speech)));
  }

  /**
   * Mean squared error of the predicted mouths.
   *
   * @param hidden the hidden states of the speech, [1500,L+1,d]
   * @param mouths of the first frames, [n,5]
   */
  NDArray error(Map<String, NDArray> weights, NDArray hidden, NDArray mouths) {
    long rows = hidden.getShape().get(0);
    NDArray predicted =
        Conv1d.conv1d(
                hidden.reshape(rows, -1).transpose().expandDims(0), // [1,(L+1)d,1500]
                weights.get(MOUTH_WEIGHT),
                weights.get(MOUTH_BIAS),
                new Shape(AudioContext.ROWS_PER_FRAME),
                new Shape(config.context().rowsBefore()),
                new Shape(1),
                1)
            .singletonOrThrow(); // [1,5,750] or one frame more
    long frames = mouths.getShape().get(0);
    return predicted.get(new NDIndex("0,:,:{}", frames)).transpose().sub(mouths).square().mean();
  }

  /** The audio encoder's weights, without prefix. */
  static <T> SortedMap<String, T> whisperOf(Map<String, T> weights) {
    return Objective.under(WHISPER, weights);
  }

  @Override
  public void close() {
    whisper.close();
  }
}
