package io.latentsync.face.track;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRate;
import java.util.List;
import java.util.Optional;

/**
 * The people of a video. They are found, numbered and chosen separately in each shot, as {@link
 * ShotPeople} does, because faces are not recognised: a face after a cut can be anybody's.
 */
public final class People {
  private final List<ShotPeople> shots;
  private final FrameRate rate;

  private People(List<ShotPeople> shots, FrameRate rate) {
    this.shots = shots;
    this.rate = rate;
  }

  /** The people of a video without cuts; see {@link #of(List, Shots, FrameRate)}. */
  public static People of(List<List<DetectedFace>> found, FrameRate rate) {
    return of(found, Shots.ONE, rate);
  }

  /**
   * Assigns faces to people.
   *
   * @param found the faces of each frame of the whole video in order
   * @param shots of the video
   * @param rate of the frames
   */
  public static People of(List<List<DetectedFace>> found, Shots shots, FrameRate rate) {
    return new People(
        shots.ranges(found.size()).stream().map(shot -> ShotPeople.of(found, shot, rate)).toList(),
        rate);
  }

  /** The number of shots. */
  public int shots() {
    return shots.size();
  }

  /** The number of numbered people in the shot with most of them. */
  public int count() {
    return shots.stream().mapToInt(ShotPeople::count).max().orElse(0);
  }

  /** The number of a chosen person, from 0, in the first shot that shows the person. */
  public int number(Person person) {
    return shots.stream()
        .mapToInt(shot -> shot.number(person))
        .filter(number -> number >= 0)
        .findFirst()
        .orElseThrow();
  }

  /**
   * The chosen person of each shot, together as one. A shot without such a person shows nobody to
   * dub.
   *
   * @return empty if no shot has such a person, or no face is at the point within half a second of
   *     the time
   */
  public Optional<Person> choose(FaceChoice choice) {
    if (choice.rule() == FaceChoice.Rule.POINT) {
      return at(choice);
    }
    List<Person> chosen = shots.stream().flatMap(shot -> shot.choose(choice).stream()).toList();
    return chosen.isEmpty() ? Optional.empty() : Optional.of(new Person(chosen));
  }

  /** The person with a face that contains the point, in the frame nearest to the time. */
  private Optional<Person> at(FaceChoice point) {
    long frame = Math.round(point.seconds() * rate.perSecond());
    int reach = FaceTrack.longestGap(rate);
    for (int distance = 0; distance <= reach; distance++) {
      for (long candidate : new long[] {frame - distance, frame + distance}) {
        if (candidate >= 0 && candidate <= Integer.MAX_VALUE) {
          Optional<Person> found = at((int) candidate, point);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  /** The person at the point, with those at the same place in the other shots. */
  private Optional<Person> at(int frame, FaceChoice point) {
    for (ShotPeople shown : shots) {
      Optional<Person> found = shown.at(frame, point);
      if (found.isPresent()) {
        DetectedFace face = found.get().face(frame).orElseThrow();
        return Optional.of(
            new Person(
                shots.stream()
                    .flatMap(shot -> (shot == shown ? found : shot.inPlaceOf(face)).stream())
                    .toList()));
      }
    }
    return Optional.empty();
  }
}
