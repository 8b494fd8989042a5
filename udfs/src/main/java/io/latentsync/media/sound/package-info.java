/**
 * Sound in and out of files: the 16 kHz speech that the networks need, damage and gaps of a track,
 * and the mixed AAC track of an output.
 */
package io.latentsync.media.sound;
