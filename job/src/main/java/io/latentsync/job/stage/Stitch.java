package io.latentsync.job.stage;

import io.latentsync.job.metrics.Stage;
import io.latentsync.job.metrics.TaskTime;
import io.latentsync.job.provenance.ContentSigner;
import io.latentsync.job.provenance.DubbedFrames;
import io.latentsync.job.provenance.ProvenanceFile;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.staging.Attempt;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.SyntheticMediaMark;
import io.latentsync.media.video.SegmentMuxer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FilenameUtils;
import org.apache.hadoop.conf.Configuration;

/**
 * The stage that writes the output. It muxes the staged segments and audio track, without encoding
 * them again, into one file, which appears complete or not at all.
 */
public final class Stitch {
  private Stitch() {}

  /**
   * Writes the output of a request from its staged audio track and segments.
   *
   * @param attempts kept attempt of each segment, in order
   * @param dubbed re-synthesised frames of each speaker
   * @throws IOException if a part cannot be read or the output cannot be written
   */
  public static void output(
      Plan plan, List<Attempt> attempts, List<DubbedFrames> dubbed, TaskSetup setup)
      throws IOException {
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
          request.finishing().provenance() ? SyntheticMediaMark.COMMENT : "",
          video);
      if (request.finishing().provenance()) {
        SyntheticMediaMark.appendXmp(video);
      }
      if (request.finishing().signing().isPresent()) {
        ContentSigner.sign(request.finishing().signing().get(), video);
      }
      if (request.finishing().provenance()) {
        ProvenanceFile.write(
            request,
            scratch.input(request.video(), configuration),
            video,
            plan.schedule(),
            plan.video().frameRate(),
            dubbed,
            configuration);
      }
      request.output().commit(configuration, video, plan.staging().upload());
    }
  }
}
