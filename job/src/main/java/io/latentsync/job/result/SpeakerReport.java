package io.latentsync.job.result;

import io.latentsync.face.track.People;
import io.latentsync.job.stage.Loudness;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.synthesis.FaceLayers;
import io.latentsync.job.synthesis.FollowedFace;
import io.latentsync.job.synthesis.SpokenFace;
import io.latentsync.model.sync.SyncMeasure;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.record.SegmentMetrics;
import io.latentsync.record.StillFrame;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A speaker of a dubbed request.
 *
 * @param name of the speaker; empty for the only one of a request without an edit
 * @param speech name of the speech
 * @param face the person and the detectors
 * @param frames number of frames in which the person gets new lips
 * @param sync sync of lips and speech; empty if this build has no face mesh
 * @param stills frames that show the movement of the mouth
 */
public record SpeakerReport(
    String name,
    String speech,
    FaceReport face,
    int frames,
    Optional<SyncReport> sync,
    List<StillFrame> stills) {

  /**
   * The speakers of a request, in order.
   *
   * @param lips the new lips of each speaker
   * @param loudness of each speech
   * @param rendered the segments of the output
   */
  public static List<SpeakerReport> all(
      List<SpokenFace> faces,
      List<FaceLayers> lips,
      People people,
      Plan plan,
      List<Loudness> loudness,
      List<SegmentMetrics> rendered) {
    FrameRate rate = plan.video().frameRate();
    List<SpeakerReport> reports = new ArrayList<>();
    for (SpokenFace spoken : faces) {
      FollowedFace face = spoken.face();
      reports.add(
          new SpeakerReport(
              face.speaker().name(),
              face.speaker().speech().name(),
              FaceReport.of(people, spoken.person(), plan.schedule().framesUsed()),
              lips.get(reports.size()).frames(plan).ranges().stream()
                  .mapToInt(FrameRange::frames)
                  .sum(),
              SyncReport.of(rendered, reports.size(), loudness.get(face.speech()).envelope(), rate),
              StillFrames.of(
                  SyncReport.openings(rendered, reports.size(), plan.schedule().frames()),
                  spoken.person(),
                  face,
                  plan)));
    }
    return reports;
  }

  /** The sync report of the speaker with the lowest correlation at lag 0. */
  static Optional<SyncReport> lowest(List<SpeakerReport> speakers) {
    Optional<SyncReport> lowest =
        speakers.stream()
            .flatMap(speaker -> speaker.sync().stream())
            .filter(sync -> sync.video().isPresent())
            .min(
                Comparator.comparing(
                    sync -> sync.video().map(SyncMeasure::correlationInPlace).orElseThrow()));
    return lowest.isPresent() ? lowest : speakers.get(0).sync();
  }
}
