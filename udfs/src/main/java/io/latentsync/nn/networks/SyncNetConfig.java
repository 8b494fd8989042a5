package io.latentsync.nn.networks;

import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.nn.torch.LayerKind;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * Widths of a SyncNet, derived from its tensors. The kernels and the order of the layers are those
 * of the published network.
 *
 * @param sound channels after each convolution of the sound stream
 * @param lips channels after each convolution of the lip stream
 * @param soundHidden width of the sound stream's middle linear layer
 * @param lipsHidden width of the lip stream's middle linear layer
 * @param embedding width of an embedding
 */
public record SyncNetConfig(
    List<Integer> sound, List<Integer> lips, int soundHidden, int lipsHidden, int embedding) {

  /** Indices of the convolutions in their sequence; a batch norm follows each. */
  private static final int[] CONVOLUTIONS = {0, 4, 8, 11, 14, 18};

  private static final long[][] SOUND_KERNELS = {{3, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}, {5, 4}};
  private static final long[][] LIP_KERNELS = {
    {5, 7, 7}, {1, 5, 5}, {1, 3, 3}, {1, 3, 3}, {1, 3, 3}, {1, 6, 6}
  };
  private static final int[] SOUND_STRIDES = {1, 1, 1, 1, 1, 1};
  private static final int[] LIP_STRIDES = {2, 2, 1, 1, 1, 1};
  private static final String SOUND = "netcnnaud.";
  private static final String LIPS = "netcnnlip.";
  private static final String SOUND_HEAD = "netfcaud";
  private static final String LIPS_HEAD = "netfclip";

  /**
   * Derives the widths from a checkpoint's tensors.
   *
   * @throws CheckpointException if a tensor that determines a width is missing or too large
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
          "is not a SyncNet checkpoint such as syncnet_v2.model: it has no one-dimensional tensor"
              + " %s.bias".formatted(layer));
    }
    long width = bias.shape()[0];
    if (width < 1 || width > SizeLimits.WIDTH) {
      throw new CheckpointException(
          checkpoint.file(),
          "tensor %s.bias has %d values; it must have 1 to %d"
              .formatted(layer, width, SizeLimits.WIDTH));
    }
    return (int) width;
  }

  /** Names and row-major shapes of the tensors that the network uses. */
  public SortedMap<String, long[]> tensors() {
    return layout().tensors();
  }

  /** The distinct kinds of its layers, in order of first occurrence. */
  public Set<LayerKind> kinds() {
    return layout().kinds();
  }

  private NetworkLayout layout() {
    NetworkLayout layout = new NetworkLayout();
    stream(layout, SOUND, 1, sound, SOUND_KERNELS, SOUND_STRIDES);
    stream(layout, LIPS, 3, lips, LIP_KERNELS, LIP_STRIDES);
    head(layout, SOUND_HEAD, sound.get(sound.size() - 1), soundHidden);
    head(layout, LIPS_HEAD, lips.get(lips.size() - 1), lipsHidden);
    return layout;
  }

  private static void stream(
      NetworkLayout layout,
      String name,
      int channels,
      List<Integer> widths,
      long[][] kernels,
      int[] strides) {
    int in = channels;
    for (int i = 0; i < kernels.length; i++) {
      int out = widths.get(i);
      layout.convolution(name + CONVOLUTIONS[i], strides[i], out, in, kernels[i]);
      layout.batchNorm(name + (CONVOLUTIONS[i] + 1), out);
      in = out;
    }
  }

  private void head(NetworkLayout layout, String name, int in, int hidden) {
    layout.linear(name + ".0", hidden, in);
    layout.batchNorm(name + ".1", hidden);
    layout.linear(name + ".3", embedding, hidden);
  }
}
