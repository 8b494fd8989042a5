package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_dnn.blobFromImage;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;
import org.bytedeco.opencv.opencv_core.StringVector;
import org.bytedeco.opencv.opencv_dnn.Net;

/**
 * MediaPipe's face detectors (Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face
 * Detection on Mobile GPUs"): from a small square picture to boxes.
 */
final class BlazeFace implements AutoCloseable {

  /** Values per anchor: centre, size and six points (eyes, nose, mouth, ears), x before y. */
  private static final int ROW = 16;

  private static final int LEFT_EYE = 4;
  private static final int RIGHT_EYE = 6;

  /** Boxes that overlap by more than this are one face. */
  private static final double SAME_FACE = 0.3;

  /** A grid of cells over the network's input, each with some anchors at its centre. */
  private record Grid(int side, int anchorsPerCell) {}

  /**
   * One of the two networks.
   *
   * @param model its file
   * @param input side of its input square, in pixels
   * @param rows name of the output with the anchors' rows
   * @param scores name of the output with the anchors' scores
   * @param grids its anchors
   */
  record Range(FaceModel model, int input, String rows, String scores, List<Grid> grids) {
    /** For faces at any distance: one anchor a cell. */
    static final Range FULL =
        new Range(
            FaceModel.BOXES,
            192,
            "reshaped_regressor_face_4",
            "reshaped_classifier_face_4",
            List.of(new Grid(48, 1)));

    /** For faces that fill much of the picture: the anchors of the paper. */
    static final Range SHORT =
        new Range(
            FaceModel.CLOSE_BOXES,
            128,
            "regressors",
            "classificators",
            List.of(new Grid(16, 2), new Grid(8, 6)));

    /** Centres of the anchors in pixels of the input, in the order of the network's rows: x, y. */
    private double[][] anchors() {
      List<double[]> anchors = new ArrayList<>();
      for (Grid grid : grids) {
        double cell = (double) input / grid.side;
        for (int i = 0; i < grid.side * grid.side * grid.anchorsPerCell; i++) {
          int row = i / grid.anchorsPerCell / grid.side;
          int column = i / grid.anchorsPerCell % grid.side;
          anchors.add(new double[] {cell * (column + 0.5), cell * (row + 0.5)});
        }
      }
      return anchors.toArray(double[][]::new);
    }
  }

  /**
   * A face.
   *
   * @param region the input square of the mesh, from the box and the line of the eyes
   * @param score confidence of the network, 0…1
   */
  record Detection(FaceRegion region, float score) {}

  /** An anchor's row in pixels of the network's input. */
  private record Candidate(double[] row, double score) {
    double overlap(Candidate other) {
      double width = overlap(row[0], row[2], other.row[0], other.row[2]);
      double height = overlap(row[1], row[3], other.row[1], other.row[3]);
      double both = width * height;
      return both / (row[2] * row[3] + other.row[2] * other.row[3] - both);
    }

    private static double overlap(double centreA, double sizeA, double centreB, double sizeB) {
      double end = Math.min(centreA + sizeA / 2, centreB + sizeB / 2);
      double start = Math.max(centreA - sizeA / 2, centreB - sizeB / 2);
      return Math.max(0, end - start);
    }
  }

  private final Range range;
  private final double[][] anchors;
  private final Net net;

  /**
   * Loads the network from the jar.
   *
   * @throws IllegalStateException if this build does not have it
   */
  BlazeFace(Range range) {
    this.range = range;
    anchors = range.anchors();
    net = range.model.load();
  }

  /** The faces of an RGB picture with at least the given score, in descending order of score. */
  List<Detection> detect(Mat picture, float minScore) {
    int side = range.input;
    try (PointerScope scope = new PointerScope()) {
      int width = picture.cols();
      int height = picture.rows();
      double scale = (double) side / Math.max(width, height);
      int innerWidth = Math.max(1, (int) Math.round(width * scale));
      int innerHeight = Math.max(1, (int) Math.round(height * scale));
      int left = (side - innerWidth) / 2;
      int top = (side - innerHeight) / 2;

      Mat letterbox = new Mat(side, side, CV_8UC3, Scalar.all(0));
      Mat inner = new Mat(letterbox, new Rect(left, top, innerWidth, innerHeight));
      resize(picture, inner, inner.size(), 0, 0, scale < 1 ? INTER_AREA : INTER_LINEAR);
      net.setInput(
          blobFromImage(
              letterbox, 1 / 127.5, new Size(side, side), Scalar.all(127.5), false, false, CV_32F));
      MatVector outputs = new MatVector();
      net.forward(outputs, new StringVector(range.rows, range.scores));

      double scaleX = (double) width / innerWidth;
      double scaleY = (double) height / innerHeight;
      List<Detection> faces = new ArrayList<>();
      for (Candidate face : merge(candidates(outputs.get(0), outputs.get(1), minScore))) {
        double[] row = face.row;
        double largerSide = Math.max(row[2] * scaleX, row[3] * scaleY);
        double angle =
            Math.atan2(
                (row[RIGHT_EYE + 1] - row[LEFT_EYE + 1]) * scaleY,
                (row[RIGHT_EYE] - row[LEFT_EYE]) * scaleX);
        faces.add(
            new Detection(
                new FaceRegion(
                    (row[0] - left) * scaleX,
                    (row[1] - top) * scaleY,
                    FaceRegion.MARGIN * largerSide,
                    angle),
                (float) face.score));
      }
      return faces;
    }
  }

  /** The anchors with a face, in descending order of score. */
  private List<Candidate> candidates(Mat regressors, Mat logits, float minScore) {
    FloatPointer rows = new FloatPointer(regressors.data());
    FloatPointer scores = new FloatPointer(logits.data());
    List<Candidate> candidates = new ArrayList<>();
    for (int anchor = 0; anchor < anchors.length; anchor++) {
      double score = FaceMesh.sigmoid(scores.get(anchor));
      if (score >= minScore) {
        double[] row = new double[ROW];
        for (int i = 0; i < ROW; i++) {
          row[i] = rows.get((long) anchor * ROW + i);
          if (i != 2 && i != 3) { // all but the size is relative to the anchor
            row[i] += anchors[anchor][i % 2];
          }
        }
        candidates.add(new Candidate(row, score));
      }
    }
    candidates.sort(Comparator.comparing(Candidate::score).reversed());
    return candidates;
  }

  /** Weighted non-maximum suppression: overlapping boxes become their mean, weighted by score. */
  private static List<Candidate> merge(List<Candidate> candidates) {
    List<Candidate> left = new ArrayList<>(candidates);
    List<Candidate> faces = new ArrayList<>();
    while (!left.isEmpty()) {
      Candidate best = left.remove(0);
      List<Candidate> same = new ArrayList<>(List.of(best));
      List<Candidate> others = new ArrayList<>();
      for (Candidate candidate : left) {
        (best.overlap(candidate) > SAME_FACE ? same : others).add(candidate);
      }
      faces.add(new Candidate(weightedMean(same), best.score));
      left = others;
    }
    return faces;
  }

  private static double[] weightedMean(List<Candidate> candidates) {
    double weights = candidates.stream().mapToDouble(Candidate::score).sum();
    double[] mean = new double[ROW];
    for (Candidate candidate : candidates) {
      for (int i = 0; i < ROW; i++) {
        mean[i] += candidate.score / weights * candidate.row[i];
      }
    }
    return mean;
  }

  @Override
  public void close() {
    net.releaseReference();
  }
}
