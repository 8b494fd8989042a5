package io.latentsync.train.head;

/**
 * A voice of espeak-ng.
 *
 * @param name language and variant, such as {@code en-us+f3}
 * @param wordsPerMinute speed, 80…450
 * @param pitch 0…100, 50 is the voice's own
 */
public record Voice(String name, int wordsPerMinute, int pitch) {}
