package io.latentsync.face.track;

import com.google.common.collect.Iterables;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Assigns the faces of a shot to people, by position, size and time only. A face that overlaps one
 * of the half second before belongs to the same person. A face at a new position (someone comes in
 * or comes back) belongs to the absent person who was last seen nearest, and to a new person only
 * if all others are visible. So a shot that shows one person at a time has one person; two people
 * who are visible together are two; people who are never visible together are not distinguished.
 *
 * <p>People are numbered. First come those at the beginning (visible in half of the first second
 * with a face), from left to right; then those who appear later and are visible for one second in
 * total, in order of appearance.
 */
final class ShotPeople {
  /** Minimum intersection over union of consecutive boxes of one face. */
  private static final float SAME_PLACE = 0.2f;

  private final List<Person> people;
  private final int beginning;
  private final int beginningEnd;
  private final int beginners;

  private ShotPeople(List<Person> people, int beginning, int beginningEnd, int beginners) {
    this.people = people;
    this.beginning = beginning;
    this.beginningEnd = beginningEnd;
    this.beginners = beginners;
  }

  /**
   * Assigns faces to people.
   *
   * @param found the faces of each frame of the whole video in order
   * @param shot the frames of the shot
   * @param rate of the frames
   */
  static ShotPeople of(List<List<DetectedFace>> found, FrameRange shot, FrameRate rate) {
    int second = rate.framesIn(1000);
    List<Person> all = persons(stays(found, shot, FaceTrack.longestGap(rate)));
    int first = all.stream().mapToInt(Person::firstFrame).min().orElse(shot.first());
    int end = Math.min(first + second, shot.end());
    List<Person> atTheBeginning = seenFrom(all, first, end, (end - first + 1) / 2);
    if (atTheBeginning.isEmpty()) {
      atTheBeginning = seenFrom(all, first, end, 1);
    }
    List<Person> people =
        new ArrayList<>(
            atTheBeginning.stream()
                .sorted(
                    Comparator.comparing(person -> mean(person, first, end, ShotPeople::middle)))
                .toList());
    int beginners = people.size();
    all.stream()
        .filter(person -> !people.contains(person) && person.frames() >= second)
        .sorted(Comparator.comparing(Person::firstFrame))
        .forEach(people::add);
    return new ShotPeople(people, first, end, beginners);
  }

  private static List<Person> seenFrom(List<Person> all, int first, int end, int atLeast) {
    return all.stream().filter(person -> person.faces(first, end).size() >= atLeast).toList();
  }

  /** A face and a stay that it may belong to. */
  private record Match(Person.Stay stay, DetectedFace face, float overlap) {
    static Match of(Person.Stay stay, DetectedFace face) {
      return new Match(stay, face, face.overlap(stay.lastFace()));
    }
  }

  /** Tracks each face as long as it does not jump. */
  private static List<Person.Stay> stays(
      List<List<DetectedFace>> found, FrameRange shot, int longestGap) {
    List<Person.Stay> stays = new ArrayList<>();
    List<Person.Stay> inSight = new ArrayList<>();
    for (int i = shot.first(); i < shot.end(); i++) {
      int frame = i;
      inSight.removeIf(stay -> frame - stay.last() > longestGap);
      List<DetectedFace> faces = found.get(frame);
      List<DetectedFace> unclaimed = new ArrayList<>(faces);
      inSight.stream()
          .flatMap(stay -> faces.stream().map(face -> Match.of(stay, face)))
          .filter(match -> match.overlap() > SAME_PLACE)
          .sorted(Comparator.comparing(Match::overlap).reversed())
          .forEach(
              match -> {
                if (match.stay().last() < frame && unclaimed.remove(match.face())) {
                  match.stay().faces().put(frame, match.face());
                }
              });
      for (DetectedFace face : unclaimed) {
        Person.Stay stay = new Person.Stay(frame, face);
        stays.add(stay);
        inSight.add(stay);
      }
    }
    return stays;
  }

  /** Assigns each stay to a person who has no other stay at the time. */
  private static List<Person> persons(List<Person.Stay> stays) {
    List<Person> persons = new ArrayList<>();
    stays.stream()
        .sorted(
            Comparator.comparing(Person.Stay::first)
                .thenComparing(Comparator.comparing(Person.Stay::last).reversed()))
        .forEach(
            stay ->
                persons.stream()
                    .filter(person -> !person.isBusyDuring(stay))
                    .min(Comparator.comparing(person -> distance(person, stay)))
                    .ifPresentOrElse(
                        person -> person.comesBack(stay), () -> persons.add(new Person(stay))));
    return persons;
  }

  /**
   * Distance of a person's last face from a stay's first face, in position (in face sizes) and
   * size.
   */
  private static double distance(Person person, Person.Stay stay) {
    DetectedFace a = person.lastFace();
    DetectedFace b = stay.faces().firstEntry().getValue();
    double size = Math.sqrt(Math.max(a.area(), b.area()));
    double away =
        Math.hypot(middle(a) - middle(b), a.y() + a.height() / 2 - b.y() - b.height() / 2);
    return away / size + Math.abs(Math.log(a.area() / b.area()));
  }

  private static double middle(DetectedFace face) {
    return face.x() + face.width() / 2;
  }

  private static double mean(
      Person person, int first, int end, ToDoubleFunction<DetectedFace> value) {
    return person.faces(first, end).stream().mapToDouble(value).average().orElseThrow();
  }

  /** The number of numbered people. */
  int count() {
    return people.size();
  }

  /** The number of a person, from 0; negative if the shot does not show the person. */
  int number(Person person) {
    return Iterables.indexOf(people, person::includes);
  }

  /**
   * The person that a rule chooses; empty if the shot shows nobody or has no person with the
   * number.
   *
   * @throws IllegalArgumentException if the rule is a point, see {@link #at}
   */
  Optional<Person> choose(FaceChoice choice) {
    if (people.isEmpty()) {
      return Optional.empty();
    }
    return switch (choice.rule()) {
      case LEFT -> Optional.of(people.get(0));
      case RIGHT -> Optional.of(people.get(beginners - 1));
      case LARGEST ->
          people.subList(0, beginners).stream()
              .max(
                  Comparator.comparing(
                      person -> mean(person, beginning, beginningEnd, DetectedFace::area)));
      case INDEX ->
          choice.index() < people.size()
              ? Optional.of(people.get(choice.index()))
              : Optional.empty();
      case POINT -> throw new IllegalArgumentException("a point belongs to a time, not to a shot");
    };
  }

  /** The person whose first face overlaps a face of another shot most. */
  Optional<Person> inPlaceOf(DetectedFace face) {
    return people.stream()
        .filter(person -> person.firstFace().overlap(face) > SAME_PLACE)
        .max(Comparator.comparing(person -> person.firstFace().overlap(face)));
  }

  /**
   * The person whose face contains a point in a frame; of several, the one with the nearest centre.
   */
  Optional<Person> at(int frame, FaceChoice point) {
    return people.stream()
        .filter(
            person ->
                person.face(frame).filter(face -> contains(face, point.x(), point.y())).isPresent())
        .min(
            Comparator.comparing(
                person -> {
                  DetectedFace face = person.face(frame).orElseThrow();
                  return Math.hypot(
                      middle(face) - point.x(), face.y() + face.height() / 2 - point.y());
                }));
  }

  private static boolean contains(DetectedFace face, int x, int y) {
    return x >= face.x()
        && x < face.x() + face.width()
        && y >= face.y()
        && y < face.y() + face.height();
  }
}
