/** Predicts what a dubbing costs: memory, arithmetic, time of operators. */
package io.latentsync.model.estimate;
