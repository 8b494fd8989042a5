/**
 * Pictures and sound in and out of files, through FFmpeg's libraries: exact frames of any range,
 * H.264 segments, 16 kHz speech, and the final mux.
 */
package io.latentsync.media;
