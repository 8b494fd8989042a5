package io.latentsync.face.track;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.time.FrameRate;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The face track of a shot: interpolates points over short gaps and reports where the smoothing of
 * the alignment restarts. Holds at most one gap in memory.
 */
public final class FaceTrack implements Iterator<FaceTrack.Frame> {

  /** Ratio of face width to brow distance in the template: 75 / (58 − 17). */
  private static final float FACE_WIDTH_IN_BROW_DISTANCES = 75f / 41f;

  /** Maximum ratio of a face's sizes before and after a gap. */
  private static final float LARGEST_SCALE_CHANGE = 1.5f;

  /**
   * A frame of the track.
   *
   * @param points the found or interpolated points; empty: the frame has no usable face
   * @param startsRun whether it has points and the frame before it, if any, has none
   */
  public record Frame(Optional<FacePoints> points, boolean startsRun) {}

  private final Iterator<Optional<FacePoints>> found;
  private final int longestGap;
  private final ArrayDeque<Optional<FacePoints>> ready = new ArrayDeque<>();
  private Optional<FacePoints> last = Optional.empty();

  /**
   * The track of a face in a shot.
   *
   * @param found detected points of each frame of the shot, in order
   * @param rate of the frames
   */
  public FaceTrack(Iterator<Optional<FacePoints>> found, FrameRate rate) {
    this.found = found;
    this.longestGap = longestGap(rate);
  }

  /** Longest gap that is bridged, in frames: half a second. */
  public static int longestGap(FrameRate rate) {
    return rate.framesIn(500);
  }

  @Override
  public boolean hasNext() {
    return !ready.isEmpty() || found.hasNext();
  }

  @Override
  public Frame next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the shot has no further frame");
    }
    if (ready.isEmpty()) {
      readAhead();
    }
    Optional<FacePoints> points = ready.remove();
    Frame frame = new Frame(points, points.isPresent() && last.isEmpty());
    last = points;
    return frame;
  }

  /** Reads one frame, or a whole gap and the frame after it if the gap can be bridged. */
  private void readAhead() {
    Optional<FacePoints> next = found.next();
    int gap = 0;
    while (next.isEmpty() && last.isPresent() && gap < longestGap && found.hasNext()) {
      gap++;
      next = found.next();
    }
    boolean bridged = last.isPresent() && next.isPresent() && plausiblySame(last.get(), next.get());
    for (int i = 1; i <= gap; i++) {
      float t = (float) i / (gap + 1);
      FacePoints end = next.orElse(null);
      ready.add(bridged ? last.map(start -> start.interpolate(end, t)) : Optional.empty());
    }
    ready.add(next);
  }

  private static boolean plausiblySame(FacePoints a, FacePoints b) {
    float browsA = browDistance(a);
    float browsB = browDistance(b);
    float larger = Math.max(browsA, browsB);
    float moved =
        (float)
            Math.hypot(
                (a.leftX() + a.rightX() + a.noseX() - b.leftX() - b.rightX() - b.noseX()) / 3,
                (a.leftY() + a.rightY() + a.noseY() - b.leftY() - b.rightY() - b.noseY()) / 3);
    return moved < FACE_WIDTH_IN_BROW_DISTANCES * larger
        && larger < LARGEST_SCALE_CHANGE * Math.min(browsA, browsB);
  }

  private static float browDistance(FacePoints face) {
    return (float) Math.hypot(face.rightX() - face.leftX(), face.rightY() - face.leftY());
  }
}
