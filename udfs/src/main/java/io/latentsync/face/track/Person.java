package io.latentsync.face.track;

import io.latentsync.face.detect.DetectedFace;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A person of a video, with the face in each frame that shows it. */
public final class Person {
  /** In order of time. Between two stays the person is absent, or the scene changes. */
  private final List<Stay> stays = new ArrayList<>();

  /**
   * Faces without a jump or a long gap: each overlaps the one before.
   *
   * @param faces by frame
   */
  record Stay(NavigableMap<Integer, DetectedFace> faces) {
    Stay(int frame, DetectedFace face) {
      this(new TreeMap<>());
      faces.put(frame, face);
    }

    int first() {
      return faces.firstKey();
    }

    int last() {
      return faces.lastKey();
    }

    DetectedFace lastFace() {
      return faces.lastEntry().getValue();
    }

    boolean meets(Stay other) {
      return first() <= other.last() && other.first() <= last();
    }
  }

  Person(Stay first) {
    stays.add(first);
  }

  /** The people of successive shots as one. */
  Person(List<Person> ofShots) {
    ofShots.forEach(person -> stays.addAll(person.stays));
  }

  /** Whether all stays of another person are of this one, too. */
  boolean includes(Person other) {
    return stays.containsAll(other.stays);
  }

  /** Adds a later stay. */
  void comesBack(Stay stay) {
    stays.add(stay);
  }

  /** Whether the person has another stay at the same time. */
  boolean isBusyDuring(Stay stay) {
    return stays.stream().anyMatch(stay::meets);
  }

  /** The last face of the person. */
  DetectedFace lastFace() {
    return stays.get(stays.size() - 1).lastFace();
  }

  /** The first face of the person. */
  DetectedFace firstFace() {
    return stays.get(0).faces().firstEntry().getValue();
  }

  /** The first frame with the person. */
  int firstFrame() {
    return stays.get(0).first();
  }

  /** The person's face in a frame; empty if the frame does not show the person. */
  public Optional<DetectedFace> face(int frame) {
    return stays.stream()
        .filter(stay -> stay.first() <= frame && frame <= stay.last())
        .findFirst()
        .map(stay -> stay.faces().get(frame));
  }

  /** The faces of the frames from the first (inclusive) to the end (exclusive). */
  List<DetectedFace> faces(int first, int end) {
    return stays.stream()
        .flatMap(stay -> stay.faces().subMap(first, end).values().stream())
        .toList();
  }

  /** The number of frames with the person. */
  public int frames() {
    return stays.stream().mapToInt(stay -> stay.faces().size()).sum();
  }
}
