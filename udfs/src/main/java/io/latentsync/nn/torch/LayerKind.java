package io.latentsync.nn.torch;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Layers that the same kernels compute; {@link NumericCheck} checks one of them.
 *
 * @param operator type of the layer
 * @param sizes arguments of {@code checks.py}, in the operator's order
 */
public record LayerKind(Operator operator, List<Long> sizes) {

  /** The type of a layer. Its name in lower case is the method in {@code checks.py}. */
  public enum Operator {
    /** Sizes: stride, then the kernel's shape out, in, and one to three sides. */
    CONVOLUTION,
    /** Sizes: out, in, and 1 with a bias or 0 without. */
    LINEAR,
    /** Sizes: channels, groups. */
    GROUP_NORM,
    /** Sizes: width. */
    LAYER_NORM,
    /** Sizes: channels. */
    BATCH_NORM,
    /** Sizes: width of all heads, heads. */
    ATTENTION,
    /** Nearest neighbour, to twice the size. Sizes: channels, dimensions of the tensor (4 or 5). */
    UPSAMPLING
  }

  public static LayerKind convolution(int stride, long... kernel) {
    return new LayerKind(Operator.CONVOLUTION, list(stride, kernel));
  }

  public static LayerKind linear(int out, int in, boolean bias) {
    return of(Operator.LINEAR, out, in, bias ? 1 : 0);
  }

  public static LayerKind of(Operator operator, long... sizes) {
    return new LayerKind(operator, Arrays.stream(sizes).boxed().toList());
  }

  private static List<Long> list(long first, long[] more) {
    long[] all = new long[more.length + 1];
    all[0] = first;
    System.arraycopy(more, 0, all, 1, more.length);
    return Arrays.stream(all).boxed().toList();
  }

  /** Number of weights; for an operator with few weights, its largest size. */
  long weights() {
    return switch (operator) {
      case CONVOLUTION -> product(sizes.subList(1, sizes.size()));
      case LINEAR -> product(sizes.subList(0, 2));
      default -> sizes.get(0);
    };
  }

  private static long product(List<Long> sizes) {
    return sizes.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Operator and sizes, such as {@code convolution 4×320×3×3, stride 1} (outputs, inputs, kernel).
   */
  @Override
  public String toString() {
    return switch (operator) {
      case CONVOLUTION ->
          "convolution %s, stride %d"
              .formatted(times(sizes.subList(1, sizes.size())), sizes.get(0));
      case LINEAR -> "linear %s".formatted(times(sizes.subList(0, 2)));
      case GROUP_NORM ->
          "group norm of %d channels in %d groups".formatted(sizes.get(0), sizes.get(1));
      case LAYER_NORM -> "layer norm of width %d".formatted(sizes.get(0));
      case BATCH_NORM -> "batch norm of %d channels".formatted(sizes.get(0));
      case ATTENTION -> "attention of width %d, heads %d".formatted(sizes.get(0), sizes.get(1));
      case UPSAMPLING -> "upsampling of %d channels".formatted(sizes.get(0));
    };
  }

  private static String times(List<Long> sides) {
    return sides.stream().map(String::valueOf).collect(Collectors.joining("×"));
  }
}
