package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.SegmentMuxer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FilenameUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that writes the output: it muxes the staged segments and sound unchanged into one file,
 * which appears whole or not at all.
 */
public final class Stitch {
  private Stitch() {}

  /**
   * Writes the output of a request from its staged sound and segments.
   *
   * @param attempts kept attempt of each segment, in order
   * @throws IOException if a part cannot be read or the output cannot be written
   */
  public static void output(Plan plan, List<Attempt> attempts, TaskSetup setup) throws IOException {
    DubRequest request = plan.request();
    Configuration configuration = setup.hadoop().value();
    try (TaskTime time = new TaskTime(Stage.STITCH, request.id(), setup.profile());
        Scratch scratch = Scratch.in(plan.staging().folder())) {
      List<Path> parts = new ArrayList<>();
      for (Attempt attempt : attempts) {
        parts.add(plan.staging().video(attempt).fetch(configuration, scratch.folder()));
      }
      Path video =
          scratch
              .folder()
              .resolve("output." + FilenameUtils.getExtension(request.output().fileName()));
      SegmentMuxer.mux(
          parts,
          plan.staging().sound().fetch(configuration, scratch.folder()),
          plan.schedule().frames(),
          plan.video().frameRate(),
          video);
      request.output().commit(configuration, video);
    }
  }
}
