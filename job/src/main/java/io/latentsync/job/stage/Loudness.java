package io.latentsync.job.stage;

import io.latentsync.audio.LogMel;
import io.latentsync.audio.PcmSource;
import io.latentsync.audio.SpeechEnvelope;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.io.Serializable;

/**
 * The loudness of a speech. It is computed during face detection and used by the synthesis.
 *
 * @param peak maximum of the whole track's log-mel, which all segments need
 * @param envelope envelope of the speech at each frame of the dubbed video
 */
public record Loudness(float peak, float[] envelope) implements Serializable {

  /**
   * Computes the loudness of a whole speech.
   *
   * @param rate frame rate of the dubbed video
   * @param frames number of frames
   * @throws IOException if it cannot be read
   */
  static Loudness of(PcmSource speech, FrameRate rate, int frames) throws IOException {
    return new Loudness(
        new LogMel().peak(speech), new SpeechEnvelope().frames(speech, rate, 0, frames));
  }
}
