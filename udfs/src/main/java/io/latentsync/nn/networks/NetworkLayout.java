package io.latentsync.nn.networks;

import io.latentsync.nn.torch.LayerKind;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Collects the structure of a network layer by layer: names and row-major shapes of its tensors,
 * and the kinds of its layers.
 */
final class NetworkLayout {
  private final SortedMap<String, long[]> tensors = new TreeMap<>();
  private final Set<LayerKind> kinds = new LinkedHashSet<>();

  /** Adds a tensor that is not the weight or bias of a layer. */
  void tensor(String name, long... shape) {
    tensors.put(name, shape);
  }

  /** Adds a square convolution with bias and stride 1. */
  void conv2d(String name, int out, int in, int kernel) {
    convolution(name, 1, out, in, kernel, kernel);
  }

  /**
   * Adds a convolution with bias. The dimensions are those of the kernel.
   *
   * @param stride stride in width and height; the stride in time is 1
   */
  void convolution(String name, int stride, int out, int in, long... kernel) {
    long[] shape = new long[kernel.length + 2];
    shape[0] = out;
    shape[1] = in;
    System.arraycopy(kernel, 0, shape, 2, kernel.length);
    weight(name, shape);
    bias(name, out);
    kinds.add(LayerKind.convolution(stride, shape));
  }

  /** Adds a linear layer with bias. */
  void linear(String name, int out, int in) {
    weight(name, out, in);
    bias(name, out);
    kinds.add(LayerKind.linear(out, in, true));
  }

  /** Adds a linear layer without bias. */
  void projection(String name, int out, int in) {
    weight(name, out, in);
    kinds.add(LayerKind.linear(out, in, false));
  }

  /** Adds a normalisation over groups of channels. */
  void groupNorm(String name, int channels, int groups) {
    norm(name, channels);
    kinds.add(LayerKind.of(LayerKind.Operator.GROUP_NORM, channels, groups));
  }

  /** Adds a normalisation over the width of each token. */
  void layerNorm(String name, int width) {
    norm(name, width);
    kinds.add(LayerKind.of(LayerKind.Operator.LAYER_NORM, width));
  }

  /** Adds a normalisation with statistics from the checkpoint. */
  void batchNorm(String name, int channels) {
    norm(name, channels);
    tensor(name + ".running_mean", channels);
    tensor(name + ".running_var", channels);
    kinds.add(LayerKind.of(LayerKind.Operator.BATCH_NORM, channels));
  }

  /** Adds attention between projected tokens. It has no tensors. */
  void attention(int width, int heads) {
    kinds.add(LayerKind.of(LayerKind.Operator.ATTENTION, width, heads));
  }

  /**
   * Adds upsampling of pictures or clips to twice the size. It has no tensors.
   *
   * @param dimensions 4 for pictures, 5 for clips
   */
  void upsampling(int channels, int dimensions) {
    kinds.add(LayerKind.of(LayerKind.Operator.UPSAMPLING, channels, dimensions));
  }

  /**
   * Adds a residual block.
   *
   * @param temb width of the embedded timestep; 0: the block has no timestep
   */
  void resnet(String name, int in, int out, int temb, int groups) {
    groupNorm(name + ".norm1", in, groups);
    conv2d(name + ".conv1", out, in, 3);
    if (temb > 0) {
      linear(name + ".time_emb_proj", out, temb);
    }
    groupNorm(name + ".norm2", out, groups);
    conv2d(name + ".conv2", out, out, 3);
    if (in != out) {
      conv2d(name + ".conv_shortcut", out, in, 1);
    }
  }

  /** Names and shapes of all tensors. */
  SortedMap<String, long[]> tensors() {
    return Collections.unmodifiableSortedMap(tensors);
  }

  /** The distinct kinds of layers, in order of first occurrence. */
  Set<LayerKind> kinds() {
    return Collections.unmodifiableSet(kinds);
  }

  private void norm(String name, int channels) {
    weight(name, channels);
    bias(name, channels);
  }

  private void weight(String name, long... shape) {
    tensors.put(name + ".weight", shape);
  }

  private void bias(String name, int channels) {
    tensors.put(name + ".bias", new long[] {channels});
  }
}
