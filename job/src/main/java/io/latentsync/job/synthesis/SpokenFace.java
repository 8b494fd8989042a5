package io.latentsync.job.synthesis;

import io.latentsync.face.track.FaceChoice;
import io.latentsync.face.track.People;
import io.latentsync.face.track.Person;
import io.latentsync.job.edit.Speaker;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.stage.Plan;
import io.latentsync.text.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A speaker and the person in the video.
 *
 * @param person the chosen person
 * @param face the person's face
 */
public record SpokenFace(Person person, FollowedFace face) {

  /**
   * The speakers of a request.
   *
   * @throws InvalidInputException if the video does not show a speaker, or if two speakers are the
   *     same person at the same time
   */
  public static List<SpokenFace> all(People people, Plan plan) throws InvalidInputException {
    DubRequest request = plan.request();
    if (people.count() == 0) {
      throw InvalidInputException.noFace(request.video(), plan.schedule().framesUsed());
    }
    List<SpokenFace> faces = new ArrayList<>();
    for (Speaker speaker : request.speakers()) {
      Person person = choose(speaker, people, request);
      faces.add(new SpokenFace(person, FollowedFace.of(speaker, person, plan)));
    }
    for (SpokenFace face : faces) {
      face.requireAlone(faces, people, plan);
    }
    return faces;
  }

  private static Person choose(Speaker speaker, People people, DubRequest request)
      throws InvalidInputException {
    FaceChoice choice = speaker.face();
    String option =
        speaker.name().isEmpty()
            ? "--face"
            : "the face of the speaker " + Printable.value(speaker.name());
    return people
        .choose(choice)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    choice.rule() == FaceChoice.Rule.POINT
                        ? "%s is %s, but %s shows no face there within half a second of that time"
                            .formatted(option, choice, request.video())
                        : "%s is %s, but must be from 0 to %d, the numbers of the people in %s"
                            .formatted(option, choice, people.count() - 1, request.video())));
  }

  /** Whether both are the same face of a source frame. */
  private boolean isSame(SpokenFace other, int frame) {
    return person.face(frame).isPresent() && person.face(frame).equals(other.person.face(frame));
  }

  private void requireAlone(List<SpokenFace> faces, People people, Plan plan)
      throws InvalidInputException {
    for (SpokenFace other : faces.subList(0, faces.indexOf(this))) {
      if (IntStream.range(0, plan.schedule().frames())
          .anyMatch(
              frame ->
                  face.isDubbed(frame, plan)
                      && other.face.isDubbed(frame, plan)
                      && isSame(other, plan.schedule().source(frame)))) {
        throw new InvalidInputException(
            "the speakers %s and %s are both the person with number %d of %s; each must be another"
                    .formatted(
                        Printable.value(other.face.speaker().name()),
                        Printable.value(face.speaker().name()),
                        people.number(person),
                        plan.request().video())
                + " person, or they must speak in ranges that do not overlap");
      }
    }
  }
}
