package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.detect.ClipFrames;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.image.RgbImage;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MouthOpeningTest {
  private static final String CLIP = "clip1.mp4";

  /** Frames of the clip with lips closed and with teeth apart. */
  private static final int CLOSED = 0;

  private static final int OPEN = 19;

  private final FaceTemplate template = new FaceTemplate(256);
  private MouthOpening mouth;

  @BeforeEach
  void open() {
    mouth =
        MouthOpening.open(template)
            .orElseGet(() -> Assumptions.abort("skipped: this build has no face mesh"));
  }

  @AfterEach
  void close() {
    if (mouth != null) {
      mouth.close();
    }
  }

  private AffineMatrix face(RgbImage picture) {
    try (FaceDetector detector = FaceDetectors.open()) {
      return new FaceAligner(template)
          .align(detector.detectLargest(picture).orElseThrow().points());
    }
  }

  /** A synthetic head and a real one; the frames were chosen by eye. */
  @ParameterizedTest
  @CsvSource({CLIP + "," + CLOSED + "," + OPEN, "demo1_video.mp4, 8, 53"})
  void anOpenMouthMeasuresLargerThanAClosedOne(String clip, int closedFrame, int openFrame) {
    RgbImage closed = ClipFrames.frame(clip, closedFrame);
    RgbImage open = ClipFrames.frame(clip, openFrame);
    assertThat(mouth.measure(closed, face(closed)).getAsDouble()).isBetween(-0.01, 0.03);
    assertThat(mouth.measure(open, face(open)).getAsDouble()).isBetween(0.1, 0.2);
  }

  @Test
  void measurementsDoNotDependOnEarlierPictures() {
    RgbImage open = ClipFrames.frame(CLIP, OPEN);
    AffineMatrix face = face(open);
    double first = mouth.measure(open, face).getAsDouble();
    RgbImage closed = ClipFrames.frame(CLIP, CLOSED);
    mouth.measure(closed, face(closed));
    assertThat(mouth.measure(open, face).getAsDouble()).isEqualTo(first);
  }

  @Test
  void sizeAndTurnOfTheFaceDoNotMatter() {
    RgbImage picture = ClipFrames.frame(CLIP, OPEN);
    AffineMatrix face = face(picture);
    double straight = mouth.measure(picture, face).getAsDouble();
    for (double degrees : new double[] {-40, 90, 180}) {
      for (double scale : new double[] {1, 0.7}) {
        AffineMatrix turn = aboutTheFace(face, Math.toRadians(degrees), scale);
        RgbImage turned = warp(picture, turn, 600);
        assertThat(mouth.measure(turned, compose(face, turn)).getAsDouble())
            .as("turned by %f degrees, scaled by %f", degrees, scale)
            .isCloseTo(straight, within(0.02));
      }
    }
  }

  @Test
  void regionsWithoutAFaceHaveNoMouth() {
    RgbImage picture = ClipFrames.frame(CLIP, OPEN);
    AffineMatrix face = face(picture);
    assertThat(mouth.measure(RgbImage.black(400, 400), face)).isEmpty();
    AffineMatrix outside =
        new AffineMatrix(
            face.m00(), face.m01(), face.m02() + 9000, face.m10(), face.m11(), face.m12());
    assertThat(mouth.measure(picture, outside)).isEmpty();
    RgbImage noise = picture.copy();
    new Random(1).nextBytes(noise.pixels());
    assertThat(mouth.measure(noise, face)).isEmpty();
  }

  /**
   * The map to the picture from a square of 600 pixels that shows the face in its middle, rotated
   * and scaled.
   */
  private static AffineMatrix aboutTheFace(AffineMatrix face, double angle, double scale) {
    AffineMatrix toPicture = face.inverse();
    double centreX = toPicture.m00() * 105 + toPicture.m01() * 140 + toPicture.m02();
    double centreY = toPicture.m10() * 105 + toPicture.m11() * 140 + toPicture.m12();
    double cos = Math.cos(angle) / scale;
    double sin = Math.sin(angle) / scale;
    return new AffineMatrix(
        (float) cos,
        (float) -sin,
        (float) (centreX - (cos - sin) * 300),
        (float) sin,
        (float) cos,
        (float) (centreY - (sin + cos) * 300));
  }

  /** The map that applies {@code inner} first. */
  private static AffineMatrix compose(AffineMatrix outer, AffineMatrix inner) {
    return new AffineMatrix(
        outer.m00() * inner.m00() + outer.m01() * inner.m10(),
        outer.m00() * inner.m01() + outer.m01() * inner.m11(),
        outer.m00() * inner.m02() + outer.m01() * inner.m12() + outer.m02(),
        outer.m10() * inner.m00() + outer.m11() * inner.m10(),
        outer.m10() * inner.m01() + outer.m11() * inner.m11(),
        outer.m10() * inner.m02() + outer.m11() * inner.m12() + outer.m12());
  }

  /** A square of the picture's pixels, sampled by nearest neighbour at the mapped positions. */
  private static RgbImage warp(RgbImage picture, AffineMatrix toPicture, int side) {
    RgbImage result = RgbImage.black(side, side);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int u = Math.round(toPicture.m00() * x + toPicture.m01() * y + toPicture.m02());
        int v = Math.round(toPicture.m10() * x + toPicture.m11() * y + toPicture.m12());
        if (u >= 0 && v >= 0 && u < picture.width() && v < picture.height()) {
          int from = 3 * (v * picture.width() + u);
          System.arraycopy(picture.pixels(), from, result.pixels(), 3 * (y * side + x), 3);
        }
      }
    }
    return result;
  }
}
