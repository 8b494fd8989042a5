/** Scores a trained model on clips that are not in the training data. */
package io.latentsync.train.evaluation;
