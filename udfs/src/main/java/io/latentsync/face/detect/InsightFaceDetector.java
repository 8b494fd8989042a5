package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The reference implementation's detector: InsightFace's {@code buffalo_l}, from ONNX files that
 * the user has. The points are the reference's, too: each of the 106 landmarks is rounded to whole
 * pixels, and so are the means over eyebrows and nose. The reference swaps red and blue; this does
 * not, as the networks were trained with the right order.
 *
 * <p>Never run on the real files, which were not available. Its arithmetic was tested on made-up
 * networks of the same shapes.
 */
public final class InsightFaceDetector implements FaceDetector {

  /** The name in its faces. */
  public static final String NAME = "InsightFace";

  /** The detector's file. */
  public static final String BOXES_FILE = "det_10g.onnx";

  /** The landmarks' file. */
  public static final String POINTS_FILE = "2d106det.onnx";

  private static final int[] LEFT_BROW = {43, 48, 49, 51, 50};
  private static final int[] RIGHT_BROW = {101, 102, 103, 104, 105};
  private static final int[] NOSE = {74, 77, 83, 86};

  private final Scrfd boxes;
  private final Landmarks106 landmarks;

  /**
   * Loads the two networks.
   *
   * @param folder holds {@value #BOXES_FILE} and {@value #POINTS_FILE}
   * @throws IOException if one is missing or invalid; the message names it
   */
  public InsightFaceDetector(Path folder) throws IOException {
    boxes = new Scrfd(folder.resolve(BOXES_FILE));
    Landmarks106 second = null;
    try {
      second = new Landmarks106(folder.resolve(POINTS_FILE));
    } finally {
      if (second == null) {
        boxes.close();
      }
    }
    landmarks = second;
  }

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    return boxes.detect(picture, FaceLimits.MIN_SCORE).stream()
        .map(box -> face(box, landmarks.find(picture, box)))
        .filter(face -> FaceLimits.admit(face, picture))
        .toList();
  }

  private static DetectedFace face(Scrfd.Box box, double[] points) {
    return new DetectedFace(
        box.left(),
        box.top(),
        box.right() - box.left(),
        box.bottom() - box.top(),
        box.score(),
        new FacePoints(
            mean(points, 0, LEFT_BROW),
            mean(points, 1, LEFT_BROW),
            mean(points, 0, RIGHT_BROW),
            mean(points, 1, RIGHT_BROW),
            mean(points, 0, NOSE),
            mean(points, 1, NOSE)),
        NAME);
  }

  private static float mean(double[] points, int axis, int[] chosen) {
    double sum = 0;
    for (int point : chosen) {
      sum += Math.rint(points[2 * point + axis]);
    }
    return (float) Math.rint(sum / chosen.length);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void close() {
    boxes.close();
    landmarks.close();
  }
}
