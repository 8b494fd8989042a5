package io.latentsync.face.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.time.FrameRate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class FaceTrackTest {
  private static final int LONGEST_GAP = FaceTrack.longestGap(FrameRate.REFERENCE);

  /** A face with brows 100 px apart. */
  private static FacePoints face(float x, float y) {
    return new FacePoints(x, y, x + 100, y, x + 50, y + 50);
  }

  private static Optional<FacePoints> at(float x) {
    return Optional.of(face(x, 200));
  }

  private static List<FaceTrack.Frame> follow(List<Optional<FacePoints>> found) {
    return follow(found, FrameRate.REFERENCE);
  }

  private static List<FaceTrack.Frame> follow(List<Optional<FacePoints>> found, FrameRate rate) {
    List<FaceTrack.Frame> frames = new ArrayList<>();
    new FaceTrack(found.iterator(), rate).forEachRemaining(frames::add);
    return frames;
  }

  private static List<Optional<FacePoints>> gap(
      Optional<FacePoints> start, int frames, Optional<FacePoints> end) {
    List<Optional<FacePoints>> found = new ArrayList<>(List.of(start));
    found.addAll(Collections.nCopies(frames, Optional.empty()));
    found.add(end);
    return found;
  }

  @Test
  void shortGapIsFilledWithEqualSteps() {
    assertThat(follow(gap(at(0), 3, at(40))))
        .extracting(frame -> frame.points().orElseThrow().leftX())
        .containsExactly(0f, 10f, 20f, 30f, 40f);
  }

  @Test
  void longestGapIsBridgedAndOneFrameMoreIsNot() {
    assertThat(follow(gap(at(0), LONGEST_GAP, at(13))))
        .allMatch(frame -> frame.points().isPresent());
    List<FaceTrack.Frame> frames = follow(gap(at(0), LONGEST_GAP + 1, at(13)));
    assertThat(frames.subList(1, frames.size() - 1))
        .hasSize(LONGEST_GAP + 1)
        .allMatch(frame -> frame.points().isEmpty() && !frame.startsRun());
    assertThat(frames.get(frames.size() - 1).startsRun()).isTrue();
  }

  @Test
  void gapsOfHalfASecondAreBridgedAtAnyRate() {
    FrameRate fifty = new FrameRate(50, 1);
    assertThat(follow(gap(at(0), 25, at(13)), fifty)).allMatch(frame -> frame.points().isPresent());
    assertThat(follow(gap(at(0), 26, at(13)), fifty).get(13).points()).isEmpty();
  }

  @Test
  void gapBeforeAnotherFaceStaysEmpty() {
    assertThat(follow(gap(at(0), 2, at(250))).subList(1, 3))
        .as("moved by more than a face's width")
        .allMatch(frame -> frame.points().isEmpty());
    Optional<FacePoints> larger = Optional.of(new FacePoints(-50, 200, 150, 200, 50, 300));
    assertThat(follow(gap(at(0), 2, larger)).subList(1, 3))
        .as("twice as large")
        .allMatch(frame -> frame.points().isEmpty());
  }

  @Test
  void gapsAtTheVideosEndsStayEmpty() {
    List<Optional<FacePoints>> found =
        List.of(Optional.empty(), Optional.empty(), at(5), Optional.empty());
    assertThat(follow(found)).extracting(FaceTrack.Frame::points).containsExactlyElementsOf(found);
  }

  @Test
  void cutBetweenTwoFacesWithoutGapDoesNotStartARun() {
    assertThat(follow(List.of(at(0), at(900))))
        .extracting(FaceTrack.Frame::startsRun)
        .containsExactly(true, false);
  }

  @Test
  void theEndOfTheVideoIsReported() {
    FaceTrack track = new FaceTrack(Collections.emptyIterator(), FrameRate.REFERENCE);
    assertThat(track.hasNext()).isFalse();
    assertThatThrownBy(track::next).isInstanceOf(NoSuchElementException.class);
  }

  @RepeatedTest(200)
  void anyPatternKeepsFoundFacesAndBridgesExactlyTheShortGaps(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<Optional<FacePoints>> found = new ArrayList<>();
    float x = 0;
    while (found.size() < 200) {
      x += random.nextInt(8) == 0 ? 500 : random.nextFloat();
      found.addAll(Collections.nCopies(1 + random.nextInt(4), at(x)));
      found.addAll(Collections.nCopies(random.nextInt(20), Optional.empty()));
    }

    List<FaceTrack.Frame> frames = follow(found);

    assertThat(frames).hasSameSizeAs(found);
    for (int i = 0; i < found.size(); i++) {
      Optional<FacePoints> points = frames.get(i).points();
      if (found.get(i).isPresent()) {
        assertThat(points).isEqualTo(found.get(i));
      } else {
        int before = i;
        while (before >= 0 && found.get(before).isEmpty()) {
          before--;
        }
        int after = i;
        while (after < found.size() && found.get(after).isEmpty()) {
          after++;
        }
        boolean bridged =
            after < found.size()
                && after - before - 1 <= LONGEST_GAP
                && Math.abs(
                        found.get(after).orElseThrow().leftX()
                            - found.get(before).orElseThrow().leftX())
                    < 100;
        assertThat(points.isPresent()).as("frame %d", i).isEqualTo(bridged);
      }
      assertThat(frames.get(i).startsRun())
          .isEqualTo(points.isPresent() && (i == 0 || frames.get(i - 1).points().isEmpty()));
    }
  }

  @Test
  void readsNoFurtherAheadThanTheLongestGap() {
    int[] read = {0};
    Iterator<Optional<FacePoints>> endless =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Optional<FacePoints> next() {
            return read[0]++ == 0 ? at(0) : Optional.empty();
          }
        };
    FaceTrack track = new FaceTrack(endless, FrameRate.REFERENCE);
    for (int i = 0; i < 1000; i++) {
      track.next();
      assertThat(read[0]).isLessThanOrEqualTo(i + 1 + LONGEST_GAP + 1);
    }
  }
}
