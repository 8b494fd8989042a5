package io.latentsync.face.align;

import io.latentsync.face.detect.FacePoints;
import io.latentsync.face.track.FaceTrack;
import io.latentsync.shot.Shots;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The affine matrix of each frame of a source video, where the frame has one. The result of the
 * face analysis, six floats per frame.
 */
public final class FaceMatrices implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int SIZE = 6;

  private final float[] values;

  private FaceMatrices(int frames) {
    values = new float[SIZE * frames];
    Arrays.fill(values, Float.NaN);
  }

  /**
   * Follows the face through a video at 25 fps without cuts; see {@link #follow(List, Shots,
   * FaceTemplate, FrameRate)}.
   */
  public static FaceMatrices follow(List<Optional<FacePoints>> found, FaceTemplate template) {
    return follow(found, Shots.ONE, template, FrameRate.REFERENCE);
  }

  /**
   * Follows the face through the video: in each shot, bridges short gaps, aligns, smooths. This is
   * the only sequential part of the pipeline; its input is three points per frame.
   *
   * @param found the points found in each frame, in order
   * @param shots of the video
   * @param template what faces are aligned to
   * @param rate of the frames
   */
  public static FaceMatrices follow(
      List<Optional<FacePoints>> found, Shots shots, FaceTemplate template, FrameRate rate) {
    FaceMatrices matrices = new FaceMatrices(found.size());
    FaceAligner aligner = new FaceAligner(template, rate);
    for (FrameRange shot : shots.ranges(found.size())) {
      FaceTrack track = new FaceTrack(found.subList(shot.first(), shot.end()).iterator(), rate);
      for (int frame = shot.first(); frame < shot.end(); frame++) {
        FaceTrack.Frame tracked = track.next();
        if (tracked.startsRun()) {
          aligner.reset();
        }
        if (tracked.points().isPresent()) {
          matrices.set(frame, aligner.align(tracked.points().get()));
        }
      }
    }
    return matrices;
  }

  /** Number of source frames. */
  public int frames() {
    return values.length / SIZE;
  }

  /** How many frames have a matrix. */
  public int faces() {
    return (int)
        IntStream.range(0, frames()).filter(frame -> !Float.isNaN(values[SIZE * frame])).count();
  }

  private void set(int frame, AffineMatrix matrix) {
    float[] row = {
      matrix.m00(), matrix.m01(), matrix.m02(), matrix.m10(), matrix.m11(), matrix.m12()
    };
    System.arraycopy(row, 0, values, SIZE * frame, SIZE);
  }

  /** The matrix of a frame; empty if the frame is passed through unchanged. */
  public Optional<AffineMatrix> get(int frame) {
    int at = SIZE * frame;
    return Float.isNaN(values[at])
        ? Optional.empty()
        : Optional.of(
            new AffineMatrix(
                values[at],
                values[at + 1],
                values[at + 2],
                values[at + 3],
                values[at + 4],
                values[at + 5]));
  }
}
