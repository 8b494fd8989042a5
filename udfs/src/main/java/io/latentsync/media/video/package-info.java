/**
 * Pictures in and out of files: exact frames of any range at a constant rate, H.264 and HEVC
 * segments, and the final file that joins them.
 */
package io.latentsync.media.video;
