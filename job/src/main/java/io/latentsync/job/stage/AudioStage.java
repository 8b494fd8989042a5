package io.latentsync.job.stage;

import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.AacTrack;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that has to do with the speech alone, beside the look for faces: how loud it is, and
 * the sound of the output.
 */
public final class AudioStage {
  private AudioStage() {}

  /**
   * Listens to the whole of a planned request's speech and puts it into staging as the output will
   * have it.
   *
   * @param profile told what it takes
   * @throws IOException if staging does not have it, or if it cannot be encoded
   */
  public static Loudness to(Plan plan, Configuration configuration, RunProfile profile)
      throws IOException {
    try (TaskTime time = new TaskTime(Stage.SPEECH, plan.request().id(), profile)) {
      stageSound(plan, configuration);
      try (StagedSpeech speech = StagedSpeech.open(plan.staging().speech(), configuration)) {
        return Loudness.of(speech, plan.video().frameRate(), plan.playOrder().frames());
      }
    }
  }

  private static void stageSound(Plan plan, Configuration configuration) throws IOException {
    try (Scratch scratch = Scratch.in(plan.staging().folder())) {
      Path sound = scratch.folder().resolve("sound.mp4");
      AacTrack.encode(
          scratch.input(plan.request().audio(), configuration),
          plan.playOrder().frames(),
          plan.video().frameRate(),
          sound);
      plan.staging().sound().commit(configuration, sound);
    }
  }
}
