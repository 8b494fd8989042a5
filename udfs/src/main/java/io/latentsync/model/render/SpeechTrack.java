package io.latentsync.model.render;

import io.latentsync.audio.PcmSource;

/**
 * The new speech of a video.
 *
 * @param samples the whole track
 * @param peak the largest value of its log-mel
 * @param identity a key that no other content has
 */
public record SpeechTrack(PcmSource samples, float peak, String identity) {}
