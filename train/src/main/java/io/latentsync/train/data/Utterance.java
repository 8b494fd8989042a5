package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.LogMel;
import io.latentsync.audio.PcmSource;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.head.MouthShape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The speech of a clip and the mouth of each frame. In a file these are the tensors "speech" [s]
 * I16 and "mouth" [n,5] F32.
 *
 * @param speech 16 kHz mono
 * @param mouths the mouth of each frame at 25 fps
 */
public record Utterance(short[] speech, List<MouthShape> mouths) {
  private static final String SPEECH = "speech";
  private static final String MOUTH = "mouth";

  /** The speech and mouths of a synthetic clip. */
  static Utterance of(SyntheticClip clip) {
    List<MouthShape> mouths = new ArrayList<>();
    for (int i = 0; i < clip.frames(); i++) {
      mouths.add(clip.mouth(i));
    }
    return new Utterance(clip.speech(), mouths);
  }

  /**
   * Reads the {@link #tensors} of a file.
   *
   * @throws IOException if the file lacks one of them
   */
  static Utterance read(Checkpoint file) throws IOException {
    ByteBuffer samples = file.data(SPEECH);
    short[] speech = new short[samples.remaining() / Short.BYTES];
    samples.asShortBuffer().get(speech);
    FloatBuffer values = file.data(MOUTH).asFloatBuffer();
    List<MouthShape> mouths = new ArrayList<>();
    while (values.hasRemaining()) {
      float[] mouth = new float[MouthShape.VALUES];
      values.get(mouth);
      mouths.add(MouthShape.of(mouth));
    }
    return new Utterance(speech, mouths);
  }

  /** The tensors of a file. */
  public SortedMap<String, Content> tensors() {
    byte[] samples = new byte[Short.BYTES * speech.length];
    little(samples).asShortBuffer().put(speech);
    byte[] values = new byte[Float.BYTES * MouthShape.VALUES * mouths.size()];
    FloatBuffer floats = little(values).asFloatBuffer();
    mouths.forEach(mouth -> floats.put(mouth.values()));
    SortedMap<String, Content> tensors = new TreeMap<>();
    tensors.put(SPEECH, content(samples, TensorInfo.Type.INT16, speech.length));
    tensors.put(MOUTH, content(values, TensorInfo.Type.FLOAT32, mouths.size(), MouthShape.VALUES));
    return tensors;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Content content(byte[] data, TensorInfo.Type type, long... shape) {
    return new Content(new TensorInfo(type, shape), data);
  }

  /** The mouths' values, [n,5]. */
  NDArray mouths(NDManager manager) {
    FloatBuffer values = FloatBuffer.allocate(MouthShape.VALUES * mouths.size());
    mouths.forEach(mouth -> values.put(mouth.values()));
    return manager.create(values.array(), new Shape(mouths.size(), MouthShape.VALUES));
  }

  /**
   * The speech's spectrogram, [1,80,c].
   *
   * @throws IOException if the speech is longer than 30 s
   */
  NDArray mel(NDManager manager) throws IOException {
    PcmSource track =
        new PcmSource() {
          @Override
          public long samples() {
            return speech.length;
          }

          @Override
          public void read(long start, short[] into) {
            System.arraycopy(speech, Math.toIntExact(start), into, 0, into.length);
          }
        };
    if (LogMel.columns(speech.length) > LogMel.WINDOW_COLUMNS) {
      throw new IOException(
          "a clip's speech has %d samples; at most 30 s can be learnt from"
              .formatted(speech.length));
    }
    LogMel logMel = new LogMel();
    try (NDManager scope = manager.newSubManager()) {
      NDArray mel =
          scope
              .create(
                  logMel.window(track, 0, logMel.peak(track)),
                  new Shape(1, LogMel.BANDS, LogMel.WINDOW_COLUMNS))
              .get(new NDIndex(":,:,:{}", LogMel.columns(speech.length)))
              .duplicate();
      mel.attach(manager);
      return mel;
    }
  }
}
