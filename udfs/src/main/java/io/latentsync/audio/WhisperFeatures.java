package io.latentsync.audio;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.latentsync.memory.TorchArrays;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * The whisper features of the video frames of a track. Windows of 30 s are encoded on demand, and
 * the two last used are kept, so that frames in order encode each window once. Not thread-safe;
 * holds no native memory between calls.
 */
public final class WhisperFeatures {
  private static final int WINDOWS_KEPT = 2;

  private final PcmSource track;
  private final float peak;
  private final AudioWindows laid;
  private final UnaryOperator<NDArray> encoder;
  private final WindowStore store;
  private final FeatureWindows windows;
  private final LogMel logMel = new LogMel();

  private final Cache<Integer, HiddenStates> kept =
      CacheBuilder.newBuilder()
          .concurrencyLevel(1) // One segment, so that eviction is in order of use.
          .maximumSize(WINDOWS_KEPT)
          .build();

  /**
   * Prepares the features of a track for a video at 25 fps, with the audio context of the published
   * checkpoints; computes nothing yet.
   *
   * @param track the whole track
   * @param peak {@link LogMel#peak} of the track
   * @param laid layout of the windows
   * @param encoder from log-mel [1, 80, 3000] to hidden states [1500, states, width]
   */
  public WhisperFeatures(
      PcmSource track, float peak, AudioWindows laid, UnaryOperator<NDArray> encoder) {
    this(track, new FeatureWindows(track.samples()), peak, laid, encoder, WindowStore.NONE);
  }

  /**
   * Prepares the features of the frames of {@code windows}, with a store of windows that is shared
   * with other instances.
   *
   * @param windows feature rows of the video's frames; as long as the track
   * @param store shared hidden states of windows
   */
  public WhisperFeatures(
      PcmSource track,
      FeatureWindows windows,
      float peak,
      AudioWindows laid,
      UnaryOperator<NDArray> encoder,
      WindowStore store) {
    this.store = store;
    this.track = track;
    this.peak = peak;
    this.laid = laid;
    this.encoder = encoder;
    this.windows = windows;
  }

  /**
   * The features of some frames, FLOAT32 [count, rows · states, width].
   *
   * @param manager owner of the result
   * @param firstFrame from 0; frames after the track's end get its last row
   * @throws IOException if the track cannot be read
   */
  public NDArray frames(NDManager manager, long firstFrame, int count) throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException("count: " + count + " frames; at least one is needed");
    }
    Shape shape = null;
    float[] features = new float[0];
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (long row : windows.rowsOf(firstFrame + i)) {
        int index = laid.windowOf(row, windows.rows());
        HiddenStates hidden = window(manager, index);
        int length = hidden.states() * hidden.width();
        if (shape == null) {
          shape =
              new Shape(count, (long) windows.context().rows() * hidden.states(), hidden.width());
          features = new float[Math.toIntExact(shape.size())];
        }
        int rowInWindow = (int) (row - laid.firstRow(index));
        System.arraycopy(hidden.values(), rowInWindow * length, features, at, length);
        at += length;
      }
    }
    return TorchArrays.of(manager, features, shape);
  }

  private HiddenStates window(NDManager manager, int index) throws IOException {
    HiddenStates hidden = kept.getIfPresent(index);
    if (hidden == null) {
      hidden = store.window(laid.firstRow(index), () -> encode(manager, index));
      kept.put(index, hidden);
    }
    return hidden;
  }

  private HiddenStates encode(NDManager manager, int index) throws IOException {
    float[] mel = logMel.window(track, LogMel.COLUMNS_PER_ROW * laid.firstRow(index), peak);
    try (NDManager scope = manager.newSubManager()) {
      NDArray input = TorchArrays.of(scope, mel, new Shape(1, LogMel.BANDS, LogMel.WINDOW_COLUMNS));
      try (NDArray output = encoder.apply(input)) {
        Shape shape = output.getShape();
        if (shape.dimension() != 3 || shape.get(0) != FeatureWindows.WINDOW_ROWS) {
          throw new IllegalArgumentException(
              "encoder: gives " + shape + " where [1500, states, width] is expected");
        }
        try (NDArray floats = output.toType(DataType.FLOAT32, true)) {
          return new HiddenStates((int) shape.get(1), (int) shape.get(2), floats.toFloatArray());
        }
      }
    }
  }
}
