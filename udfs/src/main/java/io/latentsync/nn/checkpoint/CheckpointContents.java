package io.latentsync.nn.checkpoint;

import java.util.SortedMap;

/**
 * What a checkpoint file holds, by dotted name.
 *
 * @param tensors where each tensor lies
 * @param scalars the numbers beside the tensors
 */
record CheckpointContents(
    SortedMap<String, TensorLocation> tensors, SortedMap<String, Number> scalars) {}
