package io.latentsync.train.speech;

/**
 * A sound of speech with its time.
 *
 * @param ipa its name in the International Phonetic Alphabet, such as {@code m} or {@code aɪ};
 *     empty for silence
 * @param start in seconds from the start of the speech
 * @param end in seconds, not before start
 */
public record Phoneme(String ipa, double start, double end) {}
