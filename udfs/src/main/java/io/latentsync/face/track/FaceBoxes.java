package io.latentsync.face.track;

import com.google.common.collect.EnumMultiset;
import com.google.common.collect.Multiset;
import com.google.common.collect.Multisets;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.Rotation;
import io.latentsync.image.RgbImage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * The smoothed boxes of a face in consecutive frames without long gaps, from which SyncNet's
 * pictures are cropped. The crops are rotated if the face is not upright in most of the frames.
 */
public final class FaceBoxes implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Longest gap that is bridged, in frames, as in the reference. */
  private static final int LONGEST_GAP = 25;

  /** Minimum length in frames, exclusive, as in the reference. */
  private static final int SHORTEST = 50;

  private static final int STEADIED_FRAMES = 13;

  private final int firstFrame;
  private final float[] centreX;
  private final float[] centreY;
  private final float[] halfSize;
  private final Rotation turn;

  private FaceBoxes(int firstFrame, List<float[]> boxes, Multiset<Rotation> turns) {
    this.firstFrame = firstFrame;
    this.turn = Multisets.copyHighestCountFirst(turns).iterator().next();
    this.centreX = steadied(boxes, 0);
    this.centreY = steadied(boxes, 1);
    this.halfSize = steadied(boxes, 2);
  }

  private static float[] steadied(List<float[]> boxes, int column) {
    float[] series = new float[boxes.size()];
    for (int i = 0; i < series.length; i++) {
      series[i] = boxes.get(i)[column];
    }
    return MedianFilter.of(series, STEADIED_FRAMES);
  }

  /**
   * The parts of a video that show a face for more than two seconds.
   *
   * @param found the face of each frame, if one was found
   */
  public static List<FaceBoxes> follow(List<Optional<DetectedFace>> found) {
    return follow(found, frame -> false);
  }

  /**
   * The parts of a video's shots that show a face for more than two seconds.
   *
   * @param found the face of each frame, if one was found
   * @param startsShot whether a shot begins with a frame
   */
  public static List<FaceBoxes> follow(
      List<Optional<DetectedFace>> found, IntPredicate startsShot) {
    List<FaceBoxes> stretches = new ArrayList<>();
    List<float[]> boxes = new ArrayList<>();
    Multiset<Rotation> turns = EnumMultiset.create(Rotation.class);
    int first = 0;
    boolean cut = false;
    for (int frame = 0; frame < found.size(); frame++) {
      cut |= startsShot.test(frame);
      if (found.get(frame).isEmpty()) {
        continue;
      }
      float[] box = box(found.get(frame).get());
      int gap = frame - first - boxes.size();
      if (boxes.isEmpty() || gap > LONGEST_GAP || cut) {
        close(stretches, first, boxes, turns);
        boxes = new ArrayList<>();
        turns.clear();
        first = frame;
      } else {
        bridge(boxes, gap, box);
      }
      cut = false;
      boxes.add(box);
      turns.add(Rotation.uprighting(found.get(frame).get().points()));
    }
    close(stretches, first, boxes, turns);
    return stretches;
  }

  private static void close(
      List<FaceBoxes> stretches, int first, List<float[]> boxes, Multiset<Rotation> turns) {
    if (boxes.size() > SHORTEST) {
      stretches.add(new FaceBoxes(first, boxes, turns));
    }
  }

  /** Interpolates boxes linearly over a gap. */
  private static void bridge(List<float[]> boxes, int gap, float[] next) {
    float[] last = boxes.get(boxes.size() - 1);
    for (int i = 1; i <= gap; i++) {
      float t = (float) i / (gap + 1);
      float[] between = new float[last.length];
      for (int j = 0; j < between.length; j++) {
        between[j] = last[j] + t * (next[j] - last[j]);
      }
      boxes.add(between);
    }
  }

  /** Centre and half of the larger side. */
  private static float[] box(DetectedFace face) {
    return new float[] {
      face.x() + face.width() / 2,
      face.y() + face.height() / 2,
      Math.max(face.width(), face.height()) / 2
    };
  }

  /** The first frame. */
  public int firstFrame() {
    return firstFrame;
  }

  /** Number of frames. */
  public int frames() {
    return centreX.length;
  }

  /**
   * Crops the upright face.
   *
   * @param picture the video's frame {@code firstFrame() + index}
   * @param index from 0
   * @param side of the result in pixels
   */
  public RgbImage crop(RgbImage picture, int index, int side) {
    float[] centre = turn.turn(centreX[index], centreY[index], picture);
    return BoxCropper.crop(turn.turn(picture), centre[0], centre[1], halfSize[index], side);
  }
}
