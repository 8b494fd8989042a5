package io.latentsync.train.speech;

/**
 * A voice of espeak-ng.
 *
 * @param name language and variant, such as {@code en-us+f3}; the language alone with a {@code
 *     variant} of its own
 * @param wordsPerMinute speed, 80…450
 * @param pitch 0…100, 50 is the voice's own
 * @param variant the speaker's sound
 */
public record Voice(String name, int wordsPerMinute, int pitch, VoiceVariant variant) {
  /** A voice with the variant of its name. */
  public Voice(String name, int wordsPerMinute, int pitch) {
    this(name, wordsPerMinute, pitch, VoiceVariant.OF_VOICE);
  }
}
