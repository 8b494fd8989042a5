package io.latentsync.face.align;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FaceMatricesTest {
  private static final FaceTemplate TEMPLATE = new FaceTemplate(256);

  /** A face that turns a little from frame to frame. */
  private static FacePoints points(int frame) {
    return new FacePoints(400 + frame, 300, 520 + frame, 304 + frame % 3, 460 + frame, 380);
  }

  private static List<Optional<FacePoints>> found(int frames) {
    List<Optional<FacePoints>> found = new ArrayList<>();
    for (int i = 0; i < frames; i++) {
      found.add(Optional.of(points(i)));
    }
    return found;
  }

  @Test
  void matricesEqualTheAlignersInFrameOrder() {
    FaceMatrices matrices = FaceMatrices.follow(found(5), TEMPLATE);
    FaceAligner aligner = new FaceAligner(TEMPLATE);
    for (int i = 0; i < 5; i++) {
      assertThat(matrices.get(i)).contains(aligner.align(points(i)));
    }
    assertThat(matrices.faces()).isEqualTo(5);
  }

  @Test
  void aShortGapIsBridgedAndALongOneIsNot() {
    List<Optional<FacePoints>> found = found(60);
    Collections.fill(found.subList(10, 14), Optional.empty());
    Collections.fill(found.subList(25, 50), Optional.empty());
    FaceMatrices matrices = FaceMatrices.follow(found, TEMPLATE);
    for (int i = 0; i < 60; i++) {
      assertThat(matrices.get(i).isPresent()).as("frame %d", i).isEqualTo(i < 25 || i >= 50);
    }
    assertThat(matrices.faces()).isEqualTo(35);
    assertThat(matrices.frames()).isEqualTo(60);
  }

  @Test
  void smoothingRestartsAfterALongGap() {
    List<Optional<FacePoints>> found = found(40);
    Collections.fill(found.subList(5, 30), Optional.empty());
    FaceMatrices matrices = FaceMatrices.follow(found, TEMPLATE);
    AffineMatrix first = new FaceAligner(TEMPLATE).align(points(30));
    assertThat(matrices.get(30)).contains(first);
  }

  @Test
  void eachShotIsAlignedAndBridgedAlone() {
    List<Optional<FacePoints>> found = found(30);
    Collections.fill(found.subList(18, 22), Optional.empty());
    Shots shots = new Shots(List.of(10, 20));
    FaceMatrices matrices = FaceMatrices.follow(found, shots, TEMPLATE, FrameRate.REFERENCE);
    for (FrameRange shot : shots.ranges(30)) {
      FaceMatrices alone = FaceMatrices.follow(found.subList(shot.first(), shot.end()), TEMPLATE);
      for (int i = 0; i < shot.frames(); i++) {
        assertThat(matrices.get(shot.first() + i)).isEqualTo(alone.get(i));
      }
    }
    assertThat(matrices.get(10))
        .isNotEqualTo(FaceMatrices.follow(found, TEMPLATE).get(10))
        .contains(new FaceAligner(TEMPLATE).align(points(10)));
    for (int i = 18; i < 22; i++) {
      assertThat(matrices.get(i)).as("frame %d of a gap across the cut", i).isEmpty();
    }
  }

  @Test
  void aVideoWithoutFacesHasNoMatrix() {
    FaceMatrices matrices = FaceMatrices.follow(Collections.nCopies(4, Optional.empty()), TEMPLATE);
    assertThat(matrices.faces()).isZero();
    assertThat(matrices.get(3)).isEmpty();
  }
}
