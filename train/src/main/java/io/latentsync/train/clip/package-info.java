/**
 * Clips of synthetic talking heads: the mouths follow the phonemes, so that a model can be trained
 * and scored against a ground truth. The clips of training and evaluation, by seed.
 */
package io.latentsync.train.clip;
