package io.latentsync.train.clip;

import io.latentsync.train.speech.Voice;

/**
 * The parameters of a synthetic clip.
 *
 * @param identity seed of the head's appearance
 * @param sentence the text, English
 * @param voice the voice that speaks it
 * @param motion seed of the head's motion and blinks
 */
public record ClipScript(long identity, String sentence, Voice voice, long motion) {}
