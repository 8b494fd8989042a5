package io.latentsync.job.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.FaceChoice;
import io.latentsync.face.track.People;
import io.latentsync.face.track.Person;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FaceReportTest {
  private final List<List<DetectedFace>> video = new ArrayList<>();

  @Test
  void eachDetectorsFramesAreCounted() {
    show(20, face(100, "MediaPipe"));
    show(5, face(100, "Haar"));
    show(2);
    show(3, face(100, "MediaPipe short range"));
    assertThat(report().text())
        .isEqualTo(
            "found in 28 of 30 source frames (Haar 5, MediaPipe 20, MediaPipe short range 3)");
  }

  @Test
  void onlyFramesOfTheDubbedPersonCount() {
    show(20, face(100, "MediaPipe"), face(400, "MediaPipe"));
    show(10, face(100, "MediaPipe"));
    assertThat(report().text())
        .isEqualTo("found in 20 of 30 source frames (MediaPipe 20); number 1 of 2 people (0 to 1)");
  }

  @Test
  void severalShotsAreMentionedIfThereAreSeveralPeople() {
    show(20, face(100, "MediaPipe"), face(400, "MediaPipe"));
    show(10, face(100, "MediaPipe"));
    People people = People.of(video, new Shots(List.of(20)), FrameRate.REFERENCE);
    Person chosen = people.choose(FaceChoice.of("right").orElseThrow()).orElseThrow();
    assertThat(FaceReport.of(people, chosen, video.size()).text())
        .isEqualTo(
            "found in 30 of 30 source frames (MediaPipe 30); number 1 of 2 people (0 to 1), counted"
                + " and chosen separately in each of 2 shots");
  }

  private void show(int frames, DetectedFace... faces) {
    for (int i = 0; i < frames; i++) {
      video.add(List.of(faces));
    }
  }

  private static DetectedFace face(float left, String detector) {
    FacePoints points = new FacePoints(left, 100, left + 80, 100, left + 40, 150);
    return new DetectedFace(left, 80, 90, 120, 0.9f, points, detector);
  }

  private FaceReport report() {
    People people = People.of(video, FrameRate.REFERENCE);
    return FaceReport.of(
        people, people.choose(FaceChoice.of("right").orElseThrow()).orElseThrow(), video.size());
  }
}
