/**
 * Synthetic talking heads: procedural faces whose mouths follow the phonemes of synthetic speech,
 * so that a model can be trained and scored against a ground truth.
 */
package io.latentsync.train.head;
