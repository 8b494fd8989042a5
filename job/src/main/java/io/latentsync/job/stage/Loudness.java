package io.latentsync.job.stage;

import io.latentsync.audio.LogMel;
import io.latentsync.audio.PcmSource;
import io.latentsync.audio.SpeechActivity;
import io.latentsync.audio.SpeechEnvelope;
import io.latentsync.model.render.SilencePolicy;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.io.Serializable;
import java.util.BitSet;

/**
 * The loudness of a speech. It is computed during face detection and used by the synthesis.
 *
 * @param peak maximum of the whole track's log-mel, which all segments need
 * @param envelope envelope of the speech at each frame of the dubbed video
 * @param speech frames of the dubbed video with speech, see {@link SpeechActivity}; all frames with
 *     {@link SilencePolicy#RENDER}
 */
public record Loudness(float peak, float[] envelope, BitSet speech) implements Serializable {

  /**
   * Computes the loudness of a whole speech.
   *
   * @param rate frame rate of the dubbed video
   * @param frames number of frames
   * @param silence policy of the request
   * @throws IOException if it cannot be read
   */
  static Loudness of(PcmSource speech, FrameRate rate, int frames, SilencePolicy silence)
      throws IOException {
    BitSet active = new BitSet(frames);
    active.set(0, frames);
    if (silence != SilencePolicy.RENDER) {
      active = SpeechActivity.frames(speech, rate, frames);
    }
    return new Loudness(
        new LogMel().peak(speech), new SpeechEnvelope().frames(speech, rate, 0, frames), active);
  }
}
