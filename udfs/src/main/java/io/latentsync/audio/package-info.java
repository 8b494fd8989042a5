/**
 * Speech as the networks' input: log-mel spectrogram and whisper feature windows per frame, MFCC
 * for SyncNet; and the envelope for the sync measure.
 */
package io.latentsync.audio;
