package io.latentsync.job;

import io.latentsync.audio.LogMel;
import io.latentsync.audio.SpeechEnvelope;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/**
 * How loud a speech is. Found while the faces of the video are looked for; nothing before the
 * synthesis needs it.
 *
 * @param peak largest value of the log-mel: a fact of the whole track that every segment needs
 * @param envelope how loud it is at each frame of the dubbed video
 */
record Loudness(float peak, float[] envelope) implements Serializable {

  /**
   * Listens to the whole of a planned request's speech.
   *
   * @throws IOException if staging does not have it
   */
  static Loudness of(Plan plan, Configuration configuration, RunProfile profile)
      throws IOException {
    try (TaskTime time = new TaskTime(Stage.SPEECH, plan.request().id(), profile);
        StagedSpeech speech = StagedSpeech.open(plan.staging().speech(), configuration)) {
      return new Loudness(
          new LogMel().peak(speech),
          new SpeechEnvelope()
              .frames(speech, plan.video().frameRate(), 0, plan.playOrder().frames()));
    }
  }
}
