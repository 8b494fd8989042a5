/**
 * Samples in YUV: matrices, the planes of a picture, and rectangles that can be converted alone.
 */
package io.latentsync.media.yuv;
