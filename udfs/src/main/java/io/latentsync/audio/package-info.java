/**
 * Speech as the networks' input: log-mel spectrogram and whisper feature windows per frame, MFCC
 * for SyncNet; and its envelope, which mouths follow.
 */
package io.latentsync.audio;
