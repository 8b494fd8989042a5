package io.latentsync.job.stage;

import io.latentsync.audio.LogMel;
import io.latentsync.audio.PcmSource;
import io.latentsync.audio.SpeechEnvelope;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.io.Serializable;

/**
 * How loud a speech is. Found while the faces of the video are looked for; nothing before the
 * synthesis needs it.
 *
 * @param peak largest value of the log-mel: a fact of the whole track that every segment needs
 * @param envelope how loud it is at each frame of the dubbed video
 */
public record Loudness(float peak, float[] envelope) implements Serializable {

  /**
   * Listens to a whole speech.
   *
   * @param rate of the dubbed video's frames
   * @param frames how many there are
   * @throws IOException if it cannot be read
   */
  static Loudness of(PcmSource speech, FrameRate rate, int frames) throws IOException {
    return new Loudness(
        new LogMel().peak(speech), new SpeechEnvelope().frames(speech, rate, 0, frames));
  }
}
