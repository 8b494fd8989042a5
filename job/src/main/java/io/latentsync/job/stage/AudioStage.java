package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.AacTrack;
import io.latentsync.model.render.LengthPolicy;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that measures the speech's loudness and encodes the output's audio track. It needs only
 * the speech and runs during face detection.
 */
public final class AudioStage {
  private AudioStage() {}

  /**
   * Measures the loudness of the speech and encodes the output's audio track into staging.
   *
   * @throws IOException if the speech is not in staging or cannot be encoded
   */
  public static Loudness run(Plan plan, TaskSetup setup) throws IOException {
    try (TaskTime time = new TaskTime(Stage.SPEECH, plan.request().id(), setup.profile())) {
      Configuration configuration = setup.hadoop().value();
      stageSound(plan, configuration);
      try (StagedSpeech speech = StagedSpeech.open(plan.staging().speech(), configuration)) {
        return Loudness.of(speech, plan.video().frameRate(), plan.schedule().frames());
      }
    }
  }

  private static void stageSound(Plan plan, Configuration configuration) throws IOException {
    try (Scratch scratch = Scratch.in(plan.staging().folder())) {
      Path sound = scratch.folder().resolve("sound.mp4");
      AacTrack.encode(
          scratch.input(plan.request().audio(), configuration),
          plan.schedule().frames(),
          plan.video().frameRate(),
          plan.schedule().policy() == LengthPolicy.SILENCE
              ? AacTrack.End.SILENT
              : AacTrack.End.EARLY,
          sound);
      plan.staging().sound().commit(configuration, sound);
    }
  }
}
