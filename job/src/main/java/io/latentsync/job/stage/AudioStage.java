package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.staging.StagedSpeech;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.AacTrack;
import io.latentsync.timeline.LengthPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that measures the loudness of the speeches and encodes the output's audio track. It
 * runs during face detection.
 */
public final class AudioStage {
  private AudioStage() {}

  /**
   * Measures the loudness of the speeches and encodes the output's audio track into staging.
   *
   * @return the loudness of each speech of {@link DubRequest#speeches}
   * @throws IOException if the speech is not in staging or cannot be encoded
   */
  public static List<Loudness> run(Plan plan, TaskSetup setup) throws IOException {
    try (TaskTime time = new TaskTime(Stage.SPEECH, plan.request().id(), setup.profile())) {
      Configuration configuration = setup.hadoop().value();
      stageSound(plan, configuration);
      List<Loudness> loudness = new ArrayList<>();
      for (int i = 0; i < plan.speeches().size(); i++) {
        try (StagedSpeech speech = StagedSpeech.open(plan.staging().speech(i), configuration)) {
          loudness.add(
              Loudness.of(
                  speech,
                  plan.video().frameRate(),
                  plan.schedule().frames(),
                  plan.request().rendering().silence()));
        }
      }
      return loudness;
    }
  }

  private static void stageSound(Plan plan, Configuration configuration) throws IOException {
    try (Scratch scratch = Scratch.in(plan.staging().folder())) {
      Path sound = scratch.folder().resolve("sound.mp4");
      AacTrack.encode(
          SoundSource.of(plan, scratch, configuration),
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
