package io.latentsync.audio;

import io.latentsync.media.sound.SoundDamage;
import io.latentsync.media.sound.SoundRepairs;

/**
 * What is wrong with a sound track that was decoded.
 *
 * @param repairs invalid samples, which are replaced by silence
 * @param damage parts that could not be decoded
 */
public record DecodedSound(SoundRepairs repairs, SoundDamage damage) {}
