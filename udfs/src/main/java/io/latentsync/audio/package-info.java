/** Speech as the network hears it: log-mel spectrogram, whisper feature windows per frame. */
package io.latentsync.audio;
