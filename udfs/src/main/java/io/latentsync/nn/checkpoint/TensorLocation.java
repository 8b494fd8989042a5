package io.latentsync.nn.checkpoint;

import java.util.Arrays;

/**
 * The location of a tensor in a checkpoint file.
 *
 * @param info element type and shape
 * @param offset position of the first element in the file, in bytes
 * @param strides distance between neighbours along each dimension, in elements, never negative
 */
record TensorLocation(TensorInfo info, long offset, long... strides) {

  /** A tensor stored in row-major order. */
  static TensorLocation rowMajor(TensorInfo info, long offset) {
    long[] shape = info.shape();
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, Math.max(shape[i], 1));
    }
    return new TensorLocation(info, offset, strides);
  }

  /** Whether the elements lie in row-major order without gaps. */
  boolean isRowMajor() {
    long[] shape = info.shape();
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != stride) {
        return false;
      }
      stride *= shape[i];
    }
    return true;
  }

  /** Number of elements from the first to the last one of the tensor, inclusive, with gaps. */
  long span() {
    long[] shape = info.shape();
    long span = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == 0) {
        return 0;
      }
      span = Math.addExact(span, Math.multiplyExact(shape[i] - 1, strides[i]));
    }
    return span;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorLocation that
        && offset == that.offset
        && info.equals(that.info)
        && Arrays.equals(strides, that.strides);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * info.hashCode() + Long.hashCode(offset)) + Arrays.hashCode(strides);
  }

  @Override
  public String toString() {
    return info + " at " + offset + ", strides " + Arrays.toString(strides);
  }
}
