package io.latentsync.model.render;

import io.latentsync.audio.PcmSource;

/**
 * The new speech of a video.
 *
 * @param samples samples of the whole track
 * @param peak maximum of the track's log-mel
 * @param identity key of the content
 */
public record SpeechTrack(PcmSource samples, float peak, String identity) {}
