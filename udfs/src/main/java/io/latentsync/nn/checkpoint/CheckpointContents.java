package io.latentsync.nn.checkpoint;

import java.util.SortedMap;

/**
 * The contents of a checkpoint file, by dotted name.
 *
 * @param tensors location of each tensor
 * @param scalars the numbers next to the tensors
 */
record CheckpointContents(
    SortedMap<String, TensorLocation> tensors, SortedMap<String, Number> scalars) {}
