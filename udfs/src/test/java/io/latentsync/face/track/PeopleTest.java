package io.latentsync.face.track;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeopleTest {
  private final List<List<DetectedFace>> video = new ArrayList<>();

  /** Appends frames that show faces with the given middles and sides, in turn. */
  private void show(int frames, double... middlesAndSides) {
    for (int i = 0; i < frames; i++) {
      List<DetectedFace> faces = new ArrayList<>();
      for (int k = 0; k < middlesAndSides.length; k += 2) {
        faces.add(face(middlesAndSides[k], middlesAndSides[k + 1]));
      }
      video.add(faces);
    }
  }

  private static DetectedFace face(double middle, double side) {
    float left = (float) (middle - side / 2);
    float size = (float) side;
    FacePoints points = new FacePoints(left, 0, left + size, 0, (float) middle, size / 2);
    return new DetectedFace(left, 300 - size / 2, size, size, 0.9f, points, "test");
  }

  /** The centre of the chosen face in each frame; 0 in frames without it. */
  private List<Integer> dubbed(String choice, Integer... cuts) {
    Person person =
        People.of(video, new Shots(List.of(cuts)), FrameRate.REFERENCE)
            .choose(FaceChoice.of(choice).orElseThrow())
            .orElseThrow();
    List<Integer> middles = new ArrayList<>();
    for (int frame = 0; frame < video.size(); frame++) {
      middles.add(
          person.face(frame).map(face -> Math.round(face.x() + face.width() / 2)).orElse(0));
    }
    return middles;
  }

  @ParameterizedTest
  @CsvSource({"left, 200", "largest, 500", "right, 800", "0, 200", "1, 500", "2, 800"})
  void aPersonIsChosenByPositionSizeOrNumberAtTheBeginning(String choice, int middle) {
    show(30, 500, 150, 800, 100, 200, 120);
    assertThat(dubbed(choice)).containsOnly(middle);
  }

  @Test
  void theBeginningIsASecondAtAnyRate() {
    show(20, 200, 100);
    show(40, 200, 100, 600, 120);
    assertThat(People.of(video, FrameRate.REFERENCE).choose(FaceChoice.LARGEST).orElseThrow())
        .matches(person -> person.face(0).isPresent());
    // At 50 fps the second face is also visible in half of the first second.
    assertThat(People.of(video, new FrameRate(50, 1)).choose(FaceChoice.LARGEST).orElseThrow())
        .matches(person -> person.face(0).isEmpty());
  }

  @Test
  void theChosenPersonIsKeptWhenAnotherFaceBecomesLarger() {
    show(30, 200, 150, 600, 100);
    show(100, 200, 100, 600, 300);
    assertThat(dubbed("largest")).containsOnly(200);
  }

  @Test
  void theChosenPersonIsRecognisedAfterAnAbsenceWhileTheOtherStays() {
    show(30, 200, 150, 600, 100);
    show(40, 600, 100);
    show(30, 1000, 130, 600, 100);
    List<Integer> middles = dubbed("largest");
    assertThat(middles.subList(0, 30)).containsOnly(200);
    assertThat(middles.subList(30, 70)).containsOnly(0);
    assertThat(middles.subList(70, 100)).containsOnly(1000);
  }

  @Test
  void peopleWhoSwapPlacesAreRecognised() {
    // They pass at a distance: their boxes never overlap.
    for (int i = 0; i <= 60; i++) {
      DetectedFace walker = face(200 + 10 * i, 150);
      DetectedFace other = face(800 - 10 * i, 100);
      float far = other.y() + 400;
      video.add(
          List.of(
              new DetectedFace(
                  other.x(), far, other.width(), other.height(), 1, other.points(), "test"),
              walker));
    }
    assertThat(dubbed("left").get(60)).isEqualTo(800);
    assertThat(dubbed("right").get(60)).isEqualTo(200);
  }

  @Test
  void onePersonAtATimeIsOnePersonAcrossCuts() {
    show(30, 200, 150);
    show(30, 700, 400);
    show(30, 200, 150);
    assertThat(People.of(video, FrameRate.REFERENCE).count()).isEqualTo(1);
    assertThat(dubbed("largest")).doesNotContain(0);
  }

  @ParameterizedTest
  @CsvSource({"left, 200, 300", "largest, 200, 900", "right, 600, 900", "1, 600, 900"})
  void thePersonIsChosenAnewInEachShot(String choice, int before, int after) {
    show(30, 200, 150, 600, 100);
    show(30, 300, 100, 900, 300);
    List<Integer> middles = dubbed(choice, 30);
    assertThat(middles.subList(0, 30)).containsOnly(before);
    assertThat(middles.subList(30, 60)).containsOnly(after);
  }

  @Test
  void aPersonAtAPointIsTheOneInTheSamePlaceInOtherShots() {
    show(30, 200, 150, 600, 100);
    show(30, 1000, 150);
    show(30, 620, 110, 900, 300);
    List<Integer> middles = dubbed("600,300@0.4", 30, 60);
    assertThat(middles.subList(0, 30)).containsOnly(600);
    assertThat(middles.subList(30, 60)).containsOnly(0);
    assertThat(middles.subList(60, 90)).containsOnly(620);
    assertThat(dubbed("1000,300@1.1", 30, 60).subList(30, 60)).containsOnly(1000);
  }

  @Test
  void aShotWithoutThePersonShowsNobodyToDub() {
    show(30, 200, 150);
    show(30, 200, 150, 600, 100);
    show(10);
    List<Integer> middles = dubbed("1", 30, 60);
    assertThat(middles.subList(0, 30)).containsOnly(0);
    assertThat(middles.subList(30, 60)).containsOnly(600);
    assertThat(middles.subList(60, 70)).containsOnly(0);
    People people = People.of(video, new Shots(List.of(30, 60)), FrameRate.REFERENCE);
    assertThat(people.count()).isEqualTo(2);
    assertThat(people.shots()).isEqualTo(3);
    assertThat(people.number(people.choose(FaceChoice.of("1").orElseThrow()).orElseThrow()))
        .isEqualTo(1);
    assertThat(people.choose(FaceChoice.of("2").orElseThrow())).isEmpty();
  }

  @Test
  void aShortGapDoesNotGiveAPersonsNumberToAFalseFace() {
    show(30, 200, 150);
    show(3, 700, 140);
    show(40, 200, 150);
    List<Integer> middles = dubbed("largest");
    assertThat(middles).contains(0).doesNotContain(700);
    assertThat(middles.get(72)).isEqualTo(200);
  }

  @Test
  void faceInOnlyTheFirstFramesIsNotChosen() {
    show(4, 100, 300, 500, 150);
    show(60, 500, 150);
    assertThat(dubbed("largest")).containsOnly(500);
    assertThat(People.of(video, FrameRate.REFERENCE).count()).isEqualTo(1);
  }

  @Test
  void aPersonWhoComesLaterAndStaysHasTheNextNumber() {
    show(30, 500, 150);
    show(30, 100, 250, 500, 150);
    People people = People.of(video, FrameRate.REFERENCE);
    assertThat(people.count()).isEqualTo(2);
    assertThat(dubbed("left")).containsOnly(500);
    assertThat(dubbed("1").subList(30, 60)).containsOnly(100);
    assertThat(people.choose(FaceChoice.of("2").orElseThrow())).isEmpty();
  }

  @Test
  void aVideoOfAFewFramesHasItsPerson() {
    show(1);
    show(2, 300, 100);
    assertThat(dubbed("right")).containsExactly(0, 300, 300);
  }

  @Test
  void aVideoWithoutFacesHasNoPeople() {
    show(10);
    assertThat(People.of(video, FrameRate.REFERENCE).count()).isZero();
    assertThat(People.of(video, FrameRate.REFERENCE).choose(FaceChoice.LARGEST)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"middle", "-1", "1.5", "99999", "Left"})
  void otherWordsAreRefused(String word) {
    assertThat(FaceChoice.of(word)).isEmpty();
  }
}
