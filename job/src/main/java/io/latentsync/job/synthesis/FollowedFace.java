package io.latentsync.job.synthesis;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.align.FaceTemplate;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.FaceBoxes;
import io.latentsync.face.track.Person;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.stage.Plan;
import io.latentsync.timeline.FrameSchedule;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The face of a speaker.
 *
 * @param speaker the speaker
 * @param speech index of the speech that it follows, in {@link DubRequest#speeches}
 * @param matrices affine matrices of the source frames
 * @param mouths opening of the mouth in each source frame; NaN if not measured
 * @param boxes bounding boxes in the dubbed video, for SyncNet; empty without SyncNet
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record FollowedFace(
    Speaker speaker, int speech, FaceMatrices matrices, float[] mouths, List<FaceBoxes> boxes)
    implements Serializable {

  /** Computes the matrices and boxes of a speaker's person. */
  public static FollowedFace of(Speaker speaker, Person person, Plan plan) {
    List<Optional<FacePoints>> points =
        IntStream.range(0, plan.schedule().framesUsed())
            .mapToObj(frame -> person.face(frame).map(DetectedFace::points))
            .toList();
    FaceMatrices matrices =
        FaceMatrices.follow(
            points,
            plan.schedule().shots(),
            new FaceTemplate(plan.resolution()),
            plan.video().frameRate());
    boolean scored = plan.request().sync().network().isPresent();
    return new FollowedFace(
        speaker,
        plan.request().speeches().indexOf(speaker.speech()),
        matrices,
        mouths(person, plan.schedule().framesUsed()),
        scored ? boxes(person, plan.schedule()) : List.of());
  }

  private static float[] mouths(Person person, int frames) {
    float[] mouths = new float[frames];
    for (int frame = 0; frame < frames; frame++) {
      mouths[frame] = person.face(frame).map(DetectedFace::mouth).orElse(Float.NaN);
    }
    return mouths;
  }

  private static List<FaceBoxes> boxes(Person person, FrameSchedule order) {
    return FaceBoxes.follow(
        IntStream.range(0, order.frames())
            .mapToObj(frame -> person.face(order.source(frame)))
            .toList(),
        order::startsShot);
  }

  /** Whether the speaker may get new lips in a frame of the dubbed video. */
  public boolean isDubbed(int frame, Plan plan) {
    return matrices.get(plan.schedule().source(frame)).isPresent()
        && speaker.kept().share(frame, plan.video().frameRate()) > 0;
  }
}
