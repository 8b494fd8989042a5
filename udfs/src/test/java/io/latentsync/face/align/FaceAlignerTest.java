package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.time.FrameRate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaceAlignerTest {
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);
  private static final FacePoints FACE = new FacePoints(244, 263, 358, 279, 294, 331);
  private static final FacePoints NEXT = new FacePoints(240, 265, 350, 279, 297, 335);

  @Test
  void aScaledAndShiftedTemplateIsAlignedToTheTemplate() {
    FacePoints face = map(new AffineMatrix(1.7f, 0, 412, 0, 1.7f, 230), TEMPLATE.points());
    FacePoints aligned = map(new FaceAligner(TEMPLATE).align(face), face);
    assertThat(values(aligned)).containsExactly(values(TEMPLATE.points()), within(1e-3f));
  }

  @Test
  void aRotatedFaceIsAlignedWithinAPixelOfTheNose() {
    for (int degrees = -180; degrees < 180; degrees += 45) {
      float cosine = (float) (1.7 * Math.cos(Math.toRadians(degrees)));
      float sine = (float) (1.7 * Math.sin(Math.toRadians(degrees)));
      AffineMatrix toFrame = new AffineMatrix(cosine, -sine, 412, sine, cosine, 230);
      FacePoints face = map(toFrame, TEMPLATE.points());
      FacePoints aligned = map(new FaceAligner(TEMPLATE).align(face), face);
      assertThat(values(aligned)).containsExactly(values(TEMPLATE.points()), within(2f));
    }
  }

  @Test
  void mirroredPointsAreRotatedAndNotMirrored() {
    FacePoints mirrored = new FacePoints(358, 263, 244, 263, 301, 331);
    AffineMatrix matrix = new FaceAligner(TEMPLATE).align(mirrored);
    assertThat(matrix.m00() * matrix.m11() - matrix.m01() * matrix.m10()).isPositive();
  }

  @Test
  void smoothingUsesTheFaceBeforeUntilAReset() {
    AffineMatrix alone = new FaceAligner(TEMPLATE).align(NEXT);
    FaceAligner aligner = new FaceAligner(TEMPLATE);
    aligner.align(FACE);
    assertThat(aligner.align(NEXT)).isNotEqualTo(alone);
    aligner.reset();
    assertThat(aligner.align(NEXT)).isEqualTo(alone);
  }

  @Test
  void smoothingDecaysEquallyFastAtAnyRate() {
    FaceAligner reference = new FaceAligner(TEMPLATE);
    reference.align(FACE);
    AffineMatrix after40Milliseconds = reference.align(NEXT);
    FaceAligner twiceAsMany = new FaceAligner(TEMPLATE, new FrameRate(50, 1));
    twiceAsMany.align(FACE);
    assertThat(twiceAsMany.align(NEXT)).isNotEqualTo(after40Milliseconds);
    AffineMatrix same = twiceAsMany.align(NEXT);
    assertThat(same.m02()).isCloseTo(after40Milliseconds.m02(), within(1e-4f));
    assertThat(same.m12()).isCloseTo(after40Milliseconds.m12(), within(1e-4f));
  }

  @Test
  void coincidingOrNonFinitePointsAreRefusedAndIgnored() {
    FaceAligner aligner = new FaceAligner(TEMPLATE);
    aligner.align(FACE);
    for (FacePoints points :
        new FacePoints[] {
          new FacePoints(5, 5, 5, 5, 5, 5), new FacePoints(Float.NaN, 5, 9, 5, 7, 8)
        }) {
      assertThatThrownBy(() -> aligner.align(points))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(points.toString());
    }
    FaceAligner untroubled = new FaceAligner(TEMPLATE);
    untroubled.align(FACE);
    assertThat(aligner.align(NEXT)).isEqualTo(untroubled.align(NEXT));
  }

  @Test
  void theInverseMapsBack() {
    AffineMatrix matrix = new FaceAligner(TEMPLATE).align(FACE);
    FacePoints back = map(matrix.inverse(), map(matrix, FACE));
    assertThat(values(back)).containsExactly(values(FACE), within(1e-3f));
    assertThatThrownBy(() -> new AffineMatrix(1, 2, 0, 2, 4, 0).inverse())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-8, 0, 12, 255})
  void resolutionThatEightDoesNotDivideIsRefused(int resolution) {
    assertThatThrownBy(() -> new FaceTemplate(resolution))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 8, got " + resolution);
  }

  private static FacePoints map(AffineMatrix m, FacePoints p) {
    return new FacePoints(
        m.m00() * p.leftX() + m.m01() * p.leftY() + m.m02(),
        m.m10() * p.leftX() + m.m11() * p.leftY() + m.m12(),
        m.m00() * p.rightX() + m.m01() * p.rightY() + m.m02(),
        m.m10() * p.rightX() + m.m11() * p.rightY() + m.m12(),
        m.m00() * p.noseX() + m.m01() * p.noseY() + m.m02(),
        m.m10() * p.noseX() + m.m11() * p.noseY() + m.m12());
  }

  private static float[] values(FacePoints p) {
    return new float[] {p.leftX(), p.leftY(), p.rightX(), p.rightY(), p.noseX(), p.noseY()};
  }
}
