package io.latentsync.media;

import java.io.Serializable;

/** What a sound track is: samples a second, channels, length in seconds, codec name. */
public record AudioProbe(int sampleRate, int channels, double durationSeconds, String codec)
    implements Serializable {}
