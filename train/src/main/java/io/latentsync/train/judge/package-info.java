/** Judges a trained model by what it makes of clips that training never saw. */
package io.latentsync.train.judge;
