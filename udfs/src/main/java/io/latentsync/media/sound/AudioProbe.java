package io.latentsync.media.sound;

import java.io.Serializable;

/**
 * The properties of a sound track.
 *
 * @param sampleRate samples per second and channel
 * @param channels number of channels
 * @param durationSeconds as the container says or estimates; 0 if it does not know
 * @param codec FFmpeg's name of the codec, such as {@code aac}
 */
public record AudioProbe(int sampleRate, int channels, double durationSeconds, String codec)
    implements Serializable {}
