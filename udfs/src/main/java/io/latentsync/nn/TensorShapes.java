package io.latentsync.nn;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects the names and row-major shapes of a network's tensors, layer by layer. */
final class TensorShapes {
  private final SortedMap<String, long[]> shapes = new TreeMap<>();

  /** A tensor that is not the weight or bias of a layer. */
  void tensor(String name, long... shape) {
    shapes.put(name, shape);
  }

  /** A square convolution with bias. */
  void conv2d(String name, int out, int in, int kernel) {
    weight(name, out, in, kernel, kernel);
    bias(name, out);
  }

  /** A convolution over time with bias. */
  void conv1d(String name, int out, int in, int kernel) {
    weight(name, out, in, kernel);
    bias(name, out);
  }

  /** A convolution with bias over as many dimensions as the kernel has. */
  void convolution(String name, int out, int in, long... kernel) {
    long[] shape = new long[kernel.length + 2];
    shape[0] = out;
    shape[1] = in;
    System.arraycopy(kernel, 0, shape, 2, kernel.length);
    weight(name, shape);
    bias(name, out);
  }

  /** Scale and offset of a normalisation, and the statistics that it goes by. */
  void batchNorm(String name, int channels) {
    norm(name, channels);
    tensor(name + ".running_mean", channels);
    tensor(name + ".running_var", channels);
  }

  /** A linear layer with bias. */
  void linear(String name, int out, int in) {
    weight(name, out, in);
    bias(name, out);
  }

  /** A linear layer without bias. */
  void projection(String name, int out, int in) {
    weight(name, out, in);
  }

  /** The scale and offset of a normalisation. */
  void norm(String name, int channels) {
    weight(name, channels);
    bias(name, channels);
  }

  /**
   * A residual block.
   *
   * @param temb width of the embedded timestep, 0 where there is none
   */
  void resnet(String name, int in, int out, int temb) {
    norm(name + ".norm1", in);
    conv2d(name + ".conv1", out, in, 3);
    if (temb > 0) {
      linear(name + ".time_emb_proj", out, temb);
    }
    norm(name + ".norm2", out);
    conv2d(name + ".conv2", out, out, 3);
    if (in != out) {
      conv2d(name + ".conv_shortcut", out, in, 1);
    }
  }

  /** Everything collected, by name. */
  SortedMap<String, long[]> all() {
    return Collections.unmodifiableSortedMap(shapes);
  }

  private void weight(String name, long... shape) {
    shapes.put(name + ".weight", shape);
  }

  private void bias(String name, int channels) {
    shapes.put(name + ".bias", new long[] {channels});
  }
}
