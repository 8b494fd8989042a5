package io.latentsync.job.result;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.track.People;
import io.latentsync.face.track.Person;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The dubbed person and the detectors that found the face.
 *
 * @param shots number of shots of the source video
 * @param people number of people in the shot with most of them
 * @param number number of the dubbed person in the first shot that shows the person, from 0
 * @param frames number of analysed source frames
 * @param byDetector number of frames in which each detector found the face
 */
public record FaceReport(
    int shots, int people, int number, int frames, Map<String, Long> byDetector) {

  static FaceReport of(People people, Person person, int frames) {
    return new FaceReport(
        people.shots(),
        people.count(),
        people.number(person),
        frames,
        IntStream.range(0, frames)
            .mapToObj(person::face)
            .flatMap(face -> face.stream())
            .collect(
                Collectors.groupingBy(
                    DetectedFace::detector, TreeMap::new, Collectors.counting())));
  }

  /** The report in one line. */
  String text() {
    long found = byDetector.values().stream().mapToLong(Long::longValue).sum();
    String detectors =
        byDetector.entrySet().stream()
            .map(entry -> "%s %d".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    String who =
        people <= 1
            ? ""
            : shots > 1
                ? "; number %d of %d people (0 to %d), counted and chosen separately in each of %d shots"
                : "; number %d of %d people (0 to %d)";
    return "found in %d of %d source frames (%s)".formatted(found, frames, detectors)
        + who.formatted(number, people, people - 1, shots);
  }
}
