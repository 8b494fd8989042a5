package io.latentsync.train.head;

/**
 * A voice of espeak-ng.
 *
 * @param name language and variant, such as {@code en-us+f3}; the language alone if the throat is
 *     another than the voice's
 * @param wordsPerMinute speed, 80…450
 * @param pitch 0…100, 50 is the voice's own
 * @param throat the speaker's sound
 */
public record Voice(String name, int wordsPerMinute, int pitch, VoiceVariant throat) {
  /** As the name says. */
  public Voice(String name, int wordsPerMinute, int pitch) {
    this(name, wordsPerMinute, pitch, VoiceVariant.OF_VOICE);
  }
}
