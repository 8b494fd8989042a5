/** Synthetic speech: sentences spoken by espeak-ng, with the times of their phonemes. */
package io.latentsync.train.speech;
