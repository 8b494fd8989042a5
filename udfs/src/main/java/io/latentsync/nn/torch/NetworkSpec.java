package io.latentsync.nn.torch;

import java.util.Map;
import java.util.SortedMap;

/**
 * A network without weights: its TorchScript class and the tensors of the class.
 *
 * @param source file of the class, such as {@code unet}
 * @param type name of the class, such as {@code UNet3d}
 * @param sizes attributes of the class: INT for whole numbers, FLOAT for a {@link Double}
 * @param tensors row-major shape of each weight by name
 */
public record NetworkSpec(
    String source, String type, Map<String, Number> sizes, SortedMap<String, long[]> tensors) {}
