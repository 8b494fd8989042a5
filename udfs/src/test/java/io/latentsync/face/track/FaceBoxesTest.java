package io.latentsync.face.track;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.detect.Rotation;
import io.latentsync.image.RgbImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FaceBoxesTest {

  private static Optional<DetectedFace> face(float centreX, float centreY) {
    return Optional.of(
        new DetectedFace(
            centreX - 15, centreY - 20, 30, 40, 0.9f, new FacePoints(0, 0, 0, 0, 0, 0), "test"));
  }

  private static List<Optional<DetectedFace>> still(int frames) {
    return new ArrayList<>(Collections.nCopies(frames, face(100, 60)));
  }

  /** Red is the column, green the row. */
  private static RgbImage ramp() {
    RgbImage picture = RgbImage.black(200, 120);
    int at = 0;
    for (int y = 0; y < 120; y++) {
      for (int x = 0; x < 200; x++) {
        picture.pixels()[at] = (byte) x;
        picture.pixels()[at + 1] = (byte) y;
        at += 3;
      }
    }
    return picture;
  }

  @Test
  void theCropReachesFurtherDownThanUp() {
    // Half of the larger side is 20: columns 72 to 128, rows 40 to 96.
    RgbImage crop = FaceBoxes.follow(still(60)).get(0).crop(ramp(), 30, 56);
    for (int y = 0; y < 56; y++) {
      for (int x = 0; x < 56; x++) {
        int at = 3 * (56 * y + x);
        assertThat(crop.pixels()[at] & 0xff).isEqualTo(72 + x);
        assertThat(crop.pixels()[at + 1] & 0xff).isEqualTo(40 + y);
      }
    }
  }

  /** As {@link #face}, 20 pixels between the brows, in the ramp after a turn. */
  private static Optional<DetectedFace> turnedFace(Rotation turn) {
    float[] left = turn.turn(90, 50, ramp());
    float[] right = turn.turn(110, 50, ramp());
    float[] nose = turn.turn(100, 65, ramp());
    float[] centre = turn.turn(100, 60, ramp());
    return Optional.of(
        new DetectedFace(
            centre[0] - 20,
            centre[1] - 20,
            40,
            40,
            0.9f,
            new FacePoints(left[0], left[1], right[0], right[1], nose[0], nose[1]),
            "test"));
  }

  @ParameterizedTest
  @EnumSource(Rotation.class)
  void aSidewaysFaceIsCroppedLikeAnUprightOne(Rotation turn) {
    byte[] expected = FaceBoxes.follow(still(60)).get(0).crop(ramp(), 30, 56).pixels();
    List<Optional<DetectedFace>> found = new ArrayList<>(still(10));
    found.addAll(Collections.nCopies(50, turnedFace(turn)));
    assertThat(FaceBoxes.follow(found).get(0).crop(turn.turn(ramp()), 40, 56).pixels())
        .isEqualTo(expected);
  }

  @Test
  void pixelsOutsideThePictureAreGrey() {
    List<Optional<DetectedFace>> corner = Collections.nCopies(60, face(0, 0));
    byte[] pixels = FaceBoxes.follow(corner).get(0).crop(ramp(), 30, 56).pixels();
    assertThat(pixels[0]).as("left of it").isEqualTo((byte) 110);
    assertThat(pixels[3 * (56 * 10 + 40)]).as("above it").isEqualTo((byte) 110);
    // Column 28 is the picture's first, row 20 too.
    assertThat(pixels[3 * (56 * 30 + 38)]).isEqualTo((byte) 10);
    assertThat(pixels[3 * (56 * 30 + 38) + 1]).isEqualTo((byte) 10);
  }

  @Test
  void aSecondWithoutAFaceIsBridgedAndALongerOneIsNot() {
    List<Optional<DetectedFace>> found = still(30);
    found.addAll(Collections.nCopies(25, Optional.empty()));
    found.addAll(still(30));
    assertThat(FaceBoxes.follow(found)).hasSize(1);
    assertThat(FaceBoxes.follow(found).get(0).frames()).isEqualTo(85);

    List<Optional<DetectedFace>> apart = new ArrayList<>(List.of(Optional.empty()));
    apart.addAll(still(60));
    apart.addAll(Collections.nCopies(26, Optional.empty()));
    apart.addAll(still(51));
    List<FaceBoxes> stretches = FaceBoxes.follow(apart);
    assertThat(stretches).extracting(FaceBoxes::firstFrame).containsExactly(1, 87);
    assertThat(stretches).extracting(FaceBoxes::frames).containsExactly(60, 51);
  }

  @Test
  void noGapIsBridgedAcrossACut() {
    List<Optional<DetectedFace>> found = still(60);
    found.addAll(Collections.nCopies(5, Optional.empty()));
    found.addAll(still(55));
    found.addAll(still(40));
    assertThat(FaceBoxes.follow(found, frame -> false)).hasSize(1);
    List<FaceBoxes> stretches = FaceBoxes.follow(found, frame -> frame == 62 || frame == 120);
    assertThat(stretches).extracting(FaceBoxes::firstFrame).containsExactly(0, 65);
    assertThat(stretches).extracting(FaceBoxes::frames).containsExactly(60, 55);
  }

  @Test
  void aFaceOfTwoSecondsOnlyHasNoScore() {
    assertThat(FaceBoxes.follow(still(50))).isEmpty();
    assertThat(FaceBoxes.follow(still(51))).hasSize(1);
    assertThat(FaceBoxes.follow(List.of())).isEmpty();
  }

  @Test
  void aSingleJumpOfTheBoxIsSmoothedAway() {
    List<Optional<DetectedFace>> found = still(60);
    found.set(30, face(130, 60));
    FaceBoxes boxes = FaceBoxes.follow(found).get(0);
    assertThat(boxes.crop(ramp(), 30, 56).pixels()).isEqualTo(boxes.crop(ramp(), 29, 56).pixels());
  }
}
