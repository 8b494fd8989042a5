package io.latentsync.nn;

import java.util.List;
import java.util.SortedMap;

/**
 * Widths of a SyncNet, as its tensors have them; kernels and the order of the layers are those of
 * the published network.
 *
 * @param sound channels after each convolution of the sound stream
 * @param lips channels after each convolution of the lip stream
 * @param soundHidden width of the sound stream's linear layer in the middle
 * @param lipsHidden the same of the lip stream
 * @param embedding width of an embedding
 */
public record SyncNetConfig(
    List<Integer> sound, List<Integer> lips, int soundHidden, int lipsHidden, int embedding) {

  /** Places of the convolutions in their sequence; a batch norm follows each. */
  private static final int[] CONVOLUTIONS = {0, 4, 8, 11, 14, 18};

  private static final long[][] SOUND_KERNELS = {{3, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}, {5, 4}};
  private static final long[][] LIP_KERNELS = {
    {5, 7, 7}, {1, 5, 5}, {1, 3, 3}, {1, 3, 3}, {1, 3, 3}, {1, 6, 6}
  };
  private static final String SOUND = "netcnnaud.";
  private static final String LIPS = "netcnnlip.";
  private static final String SOUND_HEAD = "netfcaud";
  private static final String LIPS_HEAD = "netfclip";

  /**
   * Reads the widths off a checkpoint's tensors.
   *
   * @throws CheckpointException if a tensor that tells one is missing
   */
  public static SyncNetConfig of(Checkpoint checkpoint) throws CheckpointException {
    return new SyncNetConfig(
        widths(checkpoint, SOUND),
        widths(checkpoint, LIPS),
        width(checkpoint, SOUND_HEAD + ".0"),
        width(checkpoint, LIPS_HEAD + ".0"),
        width(checkpoint, SOUND_HEAD + ".3"));
  }

  private static List<Integer> widths(Checkpoint checkpoint, String stream)
      throws CheckpointException {
    Integer[] widths = new Integer[CONVOLUTIONS.length];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = width(checkpoint, stream + CONVOLUTIONS[i]);
    }
    return List.of(widths);
  }

  private static int width(Checkpoint checkpoint, String layer) throws CheckpointException {
    TensorInfo bias = checkpoint.tensors().get(layer + ".bias");
    if (bias == null || bias.shape().length != 1) {
      throw new CheckpointException(
          checkpoint.file(),
          "is no SyncNet checkpoint such as syncnet_v2.model: it has no tensor %s.bias of one dimension"
              .formatted(layer));
    }
    return Math.toIntExact(bias.shape()[0]);
  }

  /** Names and row-major shapes of all tensors that are used. */
  public SortedMap<String, long[]> tensors() {
    TensorShapes shapes = new TensorShapes();
    stream(shapes, SOUND, 1, sound, SOUND_KERNELS);
    stream(shapes, LIPS, 3, lips, LIP_KERNELS);
    head(shapes, SOUND_HEAD, sound.get(sound.size() - 1), soundHidden);
    head(shapes, LIPS_HEAD, lips.get(lips.size() - 1), lipsHidden);
    return shapes.all();
  }

  private static void stream(
      TensorShapes shapes, String name, int channels, List<Integer> widths, long[][] kernels) {
    int in = channels;
    for (int i = 0; i < kernels.length; i++) {
      int out = widths.get(i);
      shapes.convolution(name + CONVOLUTIONS[i], out, in, kernels[i]);
      shapes.batchNorm(name + (CONVOLUTIONS[i] + 1), out);
      in = out;
    }
  }

  private void head(TensorShapes shapes, String name, int in, int hidden) {
    shapes.linear(name + ".0", hidden, in);
    shapes.batchNorm(name + ".1", hidden);
    shapes.linear(name + ".3", embedding, hidden);
  }
}
