package io.latentsync.model.sync;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.audio.Mfcc;
import io.latentsync.audio.PcmSource;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.image.RgbImage;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.SyncNet;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * SyncNet's score of one face and its speech, as in LatentSync's evaluation. Processes the pictures
 * one by one and keeps the last five and one embedding per picture. Not thread-safe.
 */
public final class SyncNetEvaluation implements AutoCloseable {
  /** Windows that the reference leaves out at the end, in addition to incomplete ones. */
  private static final int LEFT_OUT = 5;

  private static final int FRAMES_PER_SECOND = 25;
  private static final int SAMPLES_PER_FRAME = PcmSource.SAMPLE_RATE / FRAMES_PER_SECOND;
  private static final int COLUMNS_PER_FRAME = Mfcc.COLUMNS_PER_SECOND / FRAMES_PER_SECOND;
  private static final int PLANE = SyncNet.SIDE * SyncNet.SIDE;

  private final SyncNet network;
  private final NDManager manager;
  private final Mfcc mfcc = new Mfcc();
  private final Deque<RgbImage> window = new ArrayDeque<>();
  private final List<float[]> lips = new ArrayList<>();
  private int pictures;

  /**
   * Starts an evaluation.
   *
   * @param network not closed with this object
   * @param device the network's device
   */
  public SyncNetEvaluation(SyncNet network, Device device) {
    this.network = network;
    this.manager = NDManager.newBaseManager(device);
  }

  /** Starts an evaluation with a network on the CPU. */
  public SyncNetEvaluation(SyncNet network) {
    this(network, Device.cpu());
  }

  /**
   * Adds the next picture.
   *
   * @param face 224×224, as {@link FaceBoxes} crops it
   */
  public void add(RgbImage face) {
    pictures++;
    window.add(face);
    if (window.size() == SyncNet.PICTURES) {
      lips.add(embedLips());
      window.remove();
    }
  }

  /**
   * Compares the pictures with the sound from the first picture on.
   *
   * @param firstFrame time of the first picture in the speech, in frames at 25 fps
   * @return empty if there are fewer than six pictures or less sound than six frames
   * @throws IOException if the track cannot be read
   */
  public Optional<SyncNetScore> score(PcmSource speech, long firstFrame) throws IOException {
    long spoken = speech.samples() / SAMPLES_PER_FRAME - firstFrame;
    int windows = (int) Math.min(pictures, spoken) - LEFT_OUT;
    if (windows < 1) {
      return Optional.empty();
    }
    return Optional.of(
        SyncNetScore.of(
            lips.subList(0, windows).toArray(float[][]::new),
            embedSound(speech, firstFrame, windows)));
  }

  /**
   * Compares the pictures of a part of a video with the speech, including the sound before and
   * after them. The distances equal those rows of the whole video's.
   *
   * @param firstFrame time of the first picture in the speech, in frames at 25 fps
   * @return by window of five pictures and by shift of the sound ({@value SyncNetScore#SHIFTS},
   *     from early to late); without windows that reach the speech's last frame
   * @throws IOException if the track cannot be read
   */
  public float[][] distances(PcmSource speech, long firstFrame) throws IOException {
    long spoken = Math.max(0, speech.samples() / SAMPLES_PER_FRAME - LEFT_OUT);
    int windows = (int) Math.max(0, Math.min(lips.size(), spoken - firstFrame));
    if (windows == 0) {
      return new float[0][];
    }
    long first = Math.max(0, firstFrame - SyncNetScore.MAX_OFFSET);
    long end = Math.min(spoken, firstFrame + windows + SyncNetScore.MAX_OFFSET);
    return SyncNetScore.distances(
        lips.subList(0, windows).toArray(float[][]::new),
        embedSound(speech, first, (int) (end - first)),
        (int) (firstFrame - first));
  }

  private float[] embedLips() {
    float[] values = new float[3 * SyncNet.PICTURES * PLANE];
    int picture = 0;
    for (RgbImage face : window) {
      for (int channel = 0; channel < 3; channel++) {
        // The channels are in the order blue, green, red.
        int at = ((2 - channel) * SyncNet.PICTURES + picture) * PLANE;
        for (int i = 0; i < PLANE; i++) {
          values[at + i] = face.pixels()[3 * i + channel] & 0xff;
        }
      }
      picture++;
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray pixels =
          TorchArrays.of(
              scope, values, new Shape(1, 3, SyncNet.PICTURES, SyncNet.SIDE, SyncNet.SIDE));
      return network.lips(pixels).toFloatArray();
    }
  }

  private float[][] embedSound(PcmSource speech, long first, int windows) throws IOException {
    float[][] sound = new float[windows][];
    for (int i = 0; i < windows; i++) {
      sound[i] = embedSound(speech, first + i);
    }
    return sound;
  }

  private float[] embedSound(PcmSource speech, long frame) throws IOException {
    float[][] columns = mfcc.columns(speech, frame * COLUMNS_PER_FRAME, SyncNet.COLUMNS);
    float[] values = new float[Mfcc.COEFFICIENTS * SyncNet.COLUMNS];
    for (int column = 0; column < SyncNet.COLUMNS; column++) {
      for (int k = 0; k < Mfcc.COEFFICIENTS; k++) {
        values[k * SyncNet.COLUMNS + column] = columns[column][k];
      }
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray cepstrum =
          TorchArrays.of(scope, values, new Shape(1, 1, Mfcc.COEFFICIENTS, SyncNet.COLUMNS));
      return network.sound(cepstrum).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
