/**
 * Media files through FFmpeg's libraries: opened within limits, read stream by stream, and written
 * completely or not at all.
 */
package io.latentsync.media;
