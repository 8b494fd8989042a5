package io.latentsync.model.render;

import io.latentsync.audio.PcmSource;

/**
 * The new speech of a video.
 *
 * @param samples the whole track
 * @param peak the largest value of its log-mel
 * @param identity key of the content
 */
public record SpeechTrack(PcmSource samples, float peak, String identity) {}
