package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.AacTrack;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that needs the speech alone and runs while faces are detected: its loudness, and the
 * sound of the output.
 */
public final class AudioStage {
  private AudioStage() {}

  /**
   * Measures the loudness of a planned request's speech and puts the speech into staging as the
   * output will have it.
   *
   * @throws IOException if staging does not have it, or if it cannot be encoded
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
          sound);
      plan.staging().sound().commit(configuration, sound);
    }
  }
}
