package io.latentsync.audio;

/**
 * Whisper's hidden states of one window, [1500, states, width].
 *
 * @param states one more than the encoder has blocks
 * @param width values per state
 * @param values in row-major order
 */
public record HiddenStates(int states, int width, float[] values) {}
