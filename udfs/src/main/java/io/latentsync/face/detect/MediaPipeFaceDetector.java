package io.latentsync.face.detect;

import io.latentsync.image.RgbImage;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Detects faces with MediaPipe's full-range detector, or with the short-range one if that finds
 * none, and computes their points with the face mesh. OpenCV's DNN module runs the networks, which
 * the build packs into the jar.
 *
 * <p>The reference implementation takes the points from InsightFace's 106: left brow 43, 48, 49,
 * 51, 50 and right brow 101…105 (the brows from end to end), nose 74, 77, 83, 86 (lower bridge, the
 * two wings, tip). Here they are means of the mesh's points at the same places: the upper and the
 * lower line of each brow; lower bridge 195, wings 98 and 327, tip 4. The reference rounds to whole
 * pixels; here they are not rounded, as rounding only adds jitter.
 */
public final class MediaPipeFaceDetector implements FaceDetector {

  /** The name in its faces. */
  public static final String NAME = "MediaPipe";

  /** The name of faces that only its short-range network found. */
  public static final String CLOSE_NAME = "MediaPipe short range";

  private static final int[] LEFT_BROW = {70, 63, 105, 66, 107, 46, 53, 52, 65, 55};
  private static final int[] RIGHT_BROW = {300, 293, 334, 296, 336, 276, 283, 282, 295, 285};
  private static final int[] NOSE = {195, 98, 327, 4};

  /**
   * Two squares of the detector may converge to one face; the one with the higher score is kept.
   */
  private static final float SAME_FACE = 0.5f;

  private final BlazeFace boxes;
  private final BlazeFace closeBoxes;
  private final FaceMesh mesh;

  /**
   * Loads the models from the jar.
   *
   * @throws IllegalStateException if this build has no models, see {@link #available()}
   */
  public MediaPipeFaceDetector() {
    boxes = new BlazeFace(BlazeFace.Range.FULL);
    closeBoxes = new BlazeFace(BlazeFace.Range.SHORT);
    mesh = new FaceMesh();
  }

  /** Whether this build has the models. */
  public static boolean available() {
    return FaceModel.BOXES.available()
        && FaceModel.CLOSE_BOXES.available()
        && FaceModel.MESH.available();
  }

  @Override
  public List<DetectedFace> detect(RgbImage picture) {
    List<DetectedFace> faces = detect(picture, boxes, NAME);
    return faces.isEmpty() ? detect(picture, closeBoxes, CLOSE_NAME) : faces;
  }

  private List<DetectedFace> detect(RgbImage picture, BlazeFace network, String name) {
    try (PointerScope scope = new PointerScope()) {
      Mat mat = PictureMat.of(picture);
      List<DetectedFace> faces = new ArrayList<>();
      for (BlazeFace.Detection seen : network.detect(mat, FaceLimits.MIN_SCORE)) {
        refine(mat, seen.region(), seen.score(), name)
            .filter(face -> FaceLimits.admit(face, picture))
            .filter(face -> faces.stream().noneMatch(other -> face.overlap(other) > SAME_FACE))
            .ifPresent(faces::add);
      }
      return faces;
    }
  }

  /** Verifies a face of another detector with the mesh; empty if it is none. */
  Optional<DetectedFace> confirm(RgbImage picture, DetectedFace seen) {
    try (PointerScope scope = new PointerScope()) {
      FaceRegion region =
          new FaceRegion(
              seen.x() + seen.width() / 2,
              seen.y() + seen.height() / 2,
              FaceRegion.MARGIN * Math.max(seen.width(), seen.height()),
              0);
      return refine(PictureMat.of(picture), region, seen.score(), seen.detector())
          .filter(face -> FaceLimits.admit(face, picture));
    }
  }

  private Optional<DetectedFace> refine(
      Mat picture, FaceRegion region, float score, String detector) {
    return mesh.find(picture, region).map(found -> face(found, score, detector));
  }

  private static DetectedFace face(FaceMesh.Mesh mesh, float score, String detector) {
    double[] left = mesh.mean(LEFT_BROW);
    double[] right = mesh.mean(RIGHT_BROW);
    double[] nose = mesh.mean(NOSE);
    FacePoints points =
        new FacePoints(
            (float) (left[0] - 0.5),
            (float) (left[1] - 0.5),
            (float) (right[0] - 0.5),
            (float) (right[1] - 0.5),
            (float) (nose[0] - 0.5),
            (float) (nose[1] - 0.5));
    DoubleSummaryStatistics columns = mesh.columns();
    DoubleSummaryStatistics rows = mesh.rows();
    return new DetectedFace(
        (float) columns.getMin(),
        (float) rows.getMin(),
        (float) (columns.getMax() - columns.getMin()),
        (float) (rows.getMax() - rows.getMin()),
        score,
        points,
        detector,
        (float) mesh.mouthOpening());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void close() {
    boxes.close();
    closeBoxes.close();
    mesh.close();
  }
}
