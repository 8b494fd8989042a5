/** Predicts the cost of dubbing: memory, operations, time of operators. */
package io.latentsync.model.estimate;
