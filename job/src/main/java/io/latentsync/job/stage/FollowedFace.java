package io.latentsync.job.stage;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.face.track.Person;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.render.KeptRanges;
import io.latentsync.time.FrameRange;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The face to dub.
 *
 * @param matrices affine matrices of the source frames
 * @param boxes bounding boxes in the dubbed video, for SyncNet; empty without SyncNet
 */
public record FollowedFace(FaceMatrices matrices, List<FaceBoxes> boxes) {

  /** Computes the matrices and boxes of a person. */
  public static FollowedFace of(Person person, Plan plan) {
    List<Optional<FacePoints>> points =
        IntStream.range(0, plan.schedule().framesUsed())
            .mapToObj(frame -> person.face(frame).map(DetectedFace::points))
            .toList();
    FaceMatrices matrices =
        FaceMatrices.follow(points, new FaceTemplate(plan.resolution()), plan.video().frameRate());
    boolean scored = plan.request().sync().network().isPresent();
    return new FollowedFace(matrices, scored ? boxes(person, plan.schedule()) : List.of());
  }

  private static List<FaceBoxes> boxes(Person person, FrameSchedule order) {
    return FaceBoxes.follow(
        IntStream.range(0, order.frames())
            .mapToObj(frame -> person.face(order.source(frame)))
            .toList());
  }

  /** The frames of the dubbed video that get new lips. */
  public List<FrameRange> frames(Plan plan) {
    FrameSchedule order = plan.schedule();
    KeptRanges kept = plan.request().rendering().kept();
    return FrameRange.where(
        order.frames(),
        frame ->
            matrices.get(order.source(frame)).isPresent()
                && kept.share(frame, plan.video().frameRate()) > 0);
  }
}
