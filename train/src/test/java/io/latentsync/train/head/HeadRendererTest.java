package io.latentsync.train.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.MediaPipeFaceDetector;
import io.latentsync.image.RgbImage;
import io.latentsync.testing.Distances;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class HeadRendererTest {
  private static final List<MouthShape> MOUTHS =
      List.of(
          MouthShape.CLOSED,
          new MouthShape(1, 0.5f, 0, 0.5f, 0.3f),
          new MouthShape(0.3f, 1, 0, 1, 0.4f),
          new MouthShape(0.5f, 0.2f, 1, 0, 0),
          new MouthShape(0.15f, 0, 1, 0.3f, 1),
          new MouthShape(1, 1, 0.5f, 1, 1));

  private static HeadRenderer renderer(long identity) {
    return new HeadRenderer(HeadIdentity.of(identity));
  }

  @Test
  void sameHeadPoseAndMouthGiveTheSamePicture() {
    HeadPose pose = new HeadMotion(5).at(1.3);
    RgbImage first = renderer(9).render(pose, MOUTHS.get(1));
    HeadRenderer again = renderer(9);
    again.render(HeadPose.REST, MOUTHS.get(3));
    assertThat(again.render(pose, MOUTHS.get(1)).pixels()).isEqualTo(first.pixels());
  }

  @Test
  void threadsPaintTheSamePicturesAsOneDoes() {
    HeadRenderer renderer = renderer(4);
    HeadMotion motion = new HeadMotion(4);
    List<RgbImage> one =
        IntStream.range(0, 12)
            .mapToObj(i -> renderer.render(motion.at(i), MOUTHS.get(i % 6)))
            .toList();
    List<RgbImage> many =
        IntStream.range(0, 12)
            .parallel()
            .mapToObj(i -> renderer.render(motion.at(i), MOUTHS.get(i % 6)))
            .toList();
    for (int i = 0; i < 12; i++) {
      assertThat(many.get(i).pixels()).isEqualTo(one.get(i).pixels());
    }
  }

  @Test
  void identitiesDiffer() {
    List<RgbImage> faces = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      RgbImage face = renderer(i).render(HeadPose.REST, MouthShape.CLOSED);
      for (RgbImage other : faces) {
        assertThat(Distances.greyLevels(face, other)).isGreaterThan(5);
      }
      faces.add(face);
    }
  }

  @Test
  void detectorFindsEachIdentityInEachPoseWithEachMouth() {
    try (FaceDetector detector = FaceDetectors.open()) {
      for (int identity = 0; identity < 16; identity++) {
        HeadRenderer renderer = renderer(identity);
        HeadMotion motion = new HeadMotion(identity);
        for (int i = 0; i < MOUTHS.size(); i++) {
          RgbImage picture = renderer.render(motion.at(0.9 * i + identity), MOUTHS.get(i));
          List<DetectedFace> faces = detector.detect(picture);
          assertThat(faces).as("head %d, mouth %d", identity, i).hasSize(1);
          assertThat(faces.get(0).height()).isGreaterThan(200);
          assertThat(faces.get(0).x() + faces.get(0).width() / 2).isBetween(220f, 292f);
        }
      }
    }
  }

  @Test
  void detectedPointsStayWhereTheyAreWhileTheMouthMoves() {
    try (FaceDetector detector = FaceDetectors.open()) {
      Assumptions.assumeTrue(
          detector.name().contains(MediaPipeFaceDetector.NAME) || MediaPipeFaceDetector.available(),
          "skipped: this build has no MediaPipe models");
      for (int identity = 20; identity < 26; identity++) {
        HeadRenderer renderer = renderer(identity);
        FacePoints rest = points(detector, renderer.render(HeadPose.REST, MouthShape.CLOSED));
        float brows = rest.rightX() - rest.leftX();
        for (MouthShape mouth : MOUTHS) {
          FacePoints points = points(detector, renderer.render(HeadPose.REST, mouth));
          assertThat(distance(points, rest) / brows).as("head %d", identity).isLessThan(0.06);
        }
      }
    }
  }

  @Test
  void detectedPointsDoNotJumpFromFrameToFrame() {
    try (FaceDetector detector = FaceDetectors.open()) {
      Assumptions.assumeTrue(
          MediaPipeFaceDetector.available(), "skipped: this build has no MediaPipe models");
      for (int identity = 30; identity < 33; identity++) {
        HeadRenderer renderer = renderer(identity);
        HeadMotion motion = new HeadMotion(identity);
        FacePoints last = null;
        for (int frame = 0; frame < 50; frame++) {
          float opening = (float) (0.5 - 0.5 * Math.cos(frame * 1.1));
          MouthShape mouth = new MouthShape(opening, 0.5f, 0, 0.5f, 0.3f);
          FacePoints points = points(detector, renderer.render(motion.at(frame / 25.0), mouth));
          if (last != null) {
            float brows = points.rightX() - points.leftX();
            assertThat(distance(points, last) / brows)
                .as("head %d, frame %d", identity, frame)
                .isLessThan(0.05);
          }
          last = points;
        }
      }
    }
  }

  private static FacePoints points(FaceDetector detector, RgbImage picture) {
    return detector.detectLargest(picture).orElseThrow().points();
  }

  private static double distance(FacePoints a, FacePoints b) {
    return Math.max(
        Math.hypot(a.leftX() - b.leftX(), a.leftY() - b.leftY()),
        Math.max(
            Math.hypot(a.rightX() - b.rightX(), a.rightY() - b.rightY()),
            Math.hypot(a.noseX() - b.noseX(), a.noseY() - b.noseY())));
  }

  @Test
  void darkInsideOfTheMouthGrowsWithTheOpening() {
    for (int identity = 0; identity < 12; identity++) {
      HeadRenderer renderer = renderer(identity);
      int last = -1;
      for (int step = 0; step <= 10; step++) {
        MouthShape mouth = new MouthShape(step / 10f, 0.5f, 0, 0, 0);
        int dark = darkPixels(renderer.render(HeadPose.REST, mouth));
        assertThat(dark).as("head %d, step %d", identity, step).isGreaterThan(last);
        last = dark;
      }
    }
  }

  /** The number of dark pixels in the mouth region of a head at rest. */
  private static int darkPixels(RgbImage picture) {
    int dark = 0;
    for (int y = 300; y < 352; y++) {
      for (int x = 216; x < 296; x++) {
        int at = 3 * (y * picture.width() + x);
        int sum = 0;
        for (int c = 0; c < 3; c++) {
          sum += picture.pixels()[at + c] & 255;
        }
        dark += sum < 120 ? 1 : 0;
      }
    }
    return dark;
  }

  @Test
  void onlyTheLowerFaceMovesWithTheMouth() {
    HeadRenderer renderer = renderer(2);
    RgbImage closed = renderer.render(HeadPose.REST, MouthShape.CLOSED);
    RgbImage open = renderer.render(HeadPose.REST, MOUTHS.get(1));
    int upperHalf = 3 * 262 * closed.width();
    int changed = 0;
    for (int i = 0; i < upperHalf; i++) {
      changed += Math.abs((closed.pixels()[i] & 255) - (open.pixels()[i] & 255)) > 8 ? 1 : 0;
    }
    assertThat((double) changed / upperHalf).isLessThan(0.003);
  }

  @Test
  void motionIsSlight() {
    HeadMotion motion = new HeadMotion(11);
    for (int frame = 0; frame < 250; frame++) {
      HeadPose pose = motion.at(frame / 25.0);
      assertThat(Math.hypot(pose.x(), pose.y())).isLessThan(10);
      assertThat(Math.toDegrees(pose.roll())).isBetween(-3.0, 3.0);
      assertThat((double) pose.scale()).isCloseTo(1, within(0.03));
      assertThat(pose.yaw()).isBetween(-1f, 1f);
    }
  }

  @Test
  void eyesBlinkAtTheTimesOfTheSeedForAQuarterOfASecond() {
    HeadMotion motion = new HeadMotion(11);
    List<Integer> starts = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    boolean before = false;
    for (int frame = 0; frame < 250; frame++) {
      float blink = motion.at(frame / 25.0).blink();
      assertThat(blink).isBetween(0f, 1f);
      if (before != blink > 0) {
        (before ? ends : starts).add(frame);
      }
      before = blink > 0;
    }
    assertThat(starts).containsExactly(35, 108, 177, 220);
    assertThat(ends).containsExactly(41, 114, 183, 226);
    assertThat(motion.at(38 / 25.0).blink()).as("the middle of the first").isGreaterThan(0.9f);
  }
}
