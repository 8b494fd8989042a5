package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_32F;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_dnn.blobFromImage;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.WARP_INVERSE_MAP;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import io.latentsync.image.PixelRectangle;
import io.latentsync.image.RgbPart;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.Optional;
import org.bytedeco.javacpp.DoublePointer;
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
 * MediaPipe's face mesh (Kartynnik et al. 2019, "Real-time Facial Surface Geometry from Monocular
 * Video on Mobile GPUs"): 468 points of the face in a square of the picture.
 */
public final class FaceMesh implements AutoCloseable {

  private static final int INPUT = 192;
  private static final int POINTS = 468;

  /** Outer corners of the eyes; their line gives the head's rotation. */
  public static final int LEFT_EYE = 33;

  public static final int RIGHT_EYE = 263;

  /** Points of the inner upper lip, and those of the lower lip below them. */
  private static final int[] UPPER_LIP = {81, 82, 13, 312, 311};

  private static final int[] LOWER_LIP = {178, 87, 14, 317, 402};

  private static final double MIN_PRESENCE = 0.5;

  /**
   * Maximum number of passes. Ordinary faces need two or three, small ones in wide pictures four or
   * five.
   */
  private static final int MAX_PASSES = 10;

  /**
   * The points of a face, in continuous pixel coordinates of the picture.
   *
   * @param x from the left
   * @param y from the top
   * @param presence probability of a face, 0…1
   */
  public record Mesh(double[] x, double[] y, double presence) {

    /** Mean of the chosen points: x, y. */
    public double[] mean(int... chosen) {
      double sumX = 0;
      double sumY = 0;
      for (int i : chosen) {
        sumX += x[i];
        sumY += y[i];
      }
      return new double[] {sumX / chosen.length, sumY / chosen.length};
    }

    /**
     * The mouth's opening: the mean distance between the inner lips across the middle of the mouth,
     * as a share of the distance between the outer corners of the eyes. About 0 for closed lips,
     * 0.3 and more for a mouth wide open.
     */
    public double mouthOpening() {
      double acrossX = x[RIGHT_EYE] - x[LEFT_EYE];
      double acrossY = y[RIGHT_EYE] - y[LEFT_EYE];
      double[] upper = mean(UPPER_LIP);
      double[] lower = mean(LOWER_LIP);
      // Along the face's vertical, relative to the distance of the eyes: a cross product divided by
      // a square.
      return (acrossX * (lower[1] - upper[1]) - acrossY * (lower[0] - upper[0]))
          / (acrossX * acrossX + acrossY * acrossY);
    }

    /** The input square of the mesh for this face. */
    FaceRegion region() {
      double angle = Math.atan2(y[RIGHT_EYE] - y[LEFT_EYE], x[RIGHT_EYE] - x[LEFT_EYE]);
      double cos = Math.cos(angle);
      double sin = Math.sin(angle);
      DoubleSummaryStatistics along = new DoubleSummaryStatistics();
      DoubleSummaryStatistics across = new DoubleSummaryStatistics();
      for (int i = 0; i < POINTS; i++) {
        along.accept(cos * x[i] + sin * y[i]);
        across.accept(cos * y[i] - sin * x[i]);
      }
      double u = (along.getMin() + along.getMax()) / 2;
      double v = (across.getMin() + across.getMax()) / 2;
      double side = Math.max(along.getMax() - along.getMin(), across.getMax() - across.getMin());
      return new FaceRegion(cos * u - sin * v, sin * u + cos * v, FaceRegion.MARGIN * side, angle);
    }

    /** Whether the network classifies it as a face. */
    boolean isFace() {
      return presence > MIN_PRESENCE;
    }

    DoubleSummaryStatistics columns() {
      return Arrays.stream(x).summaryStatistics();
    }

    DoubleSummaryStatistics rows() {
      return Arrays.stream(y).summaryStatistics();
    }
  }

  private final Net net;

  /**
   * Loads the network from the jar.
   *
   * @throws IllegalStateException if this build does not have it
   */
  public FaceMesh() {
    net = FaceModel.MESH.load();
  }

  /**
   * The face near a region of an RGB picture. The mesh runs repeatedly, each time on the square
   * computed from its last points, until the square converges. One pass is not enough: a detector's
   * square varies from frame to frame, and the points vary with it; around a small face it can be
   * so large that the first points are far off. Empty if the square does not converge or the
   * network finds no face in it.
   */
  Optional<Mesh> find(Mat picture, FaceRegion around) {
    Source source =
        new Source(picture, 0, 0, new PixelRectangle(0, 0, picture.cols(), picture.rows()));
    FaceRegion region = around;
    for (int pass = 0; pass < MAX_PASSES; pass++) {
      Optional<Mesh> mesh = run(source, region);
      if (mesh.isEmpty()) {
        return mesh;
      }
      FaceRegion next = mesh.get().region();
      if (region.agreesWith(next)) {
        return mesh.filter(Mesh::isFace);
      }
      region = next;
    }
    return Optional.empty();
  }

  /**
   * The face in the exact input square of the mesh, in one pass. Empty if the network finds no face
   * in it.
   *
   * @param picture the part of a picture that contains the {@link #area} of the region
   */
  public Optional<Mesh> findIn(RgbPart picture, FaceRegion region) {
    try (PointerScope scope = new PointerScope()) {
      Mat pixels = PictureMat.of(picture.pixels());
      Source source = new Source(pixels, picture.left(), picture.top(), picture.pictureArea());
      return run(source, region).filter(Mesh::isFace);
    }
  }

  /**
   * The pixels of a picture that a region's square is made from; empty if it lies outside.
   *
   * @param picture all pixels of the picture
   */
  public static PixelRectangle area(FaceRegion region, PixelRectangle picture) {
    double reach = region.side() * (Math.abs(region.cos()) + Math.abs(region.sin())) / 2;
    return new PixelRectangle(
        clamp(region.centreX() - reach - 1, picture.x1()),
        clamp(region.centreY() - reach - 1, picture.y1()),
        clamp(region.centreX() + reach + 2, picture.x1()),
        clamp(region.centreY() + reach + 2, picture.y1()));
  }

  /**
   * Pixels of a picture.
   *
   * @param pixels a rectangle of the picture
   * @param left column of the picture where it begins
   * @param top row of the picture where it begins
   * @param picture all pixels of the picture
   */
  private record Source(Mat pixels, int left, int top, PixelRectangle picture) {
    Mat cut(PixelRectangle area) {
      return new Mat(
          pixels,
          new Rect(
              area.x0() - left, area.y0() - top, area.x1() - area.x0(), area.y1() - area.y0()));
    }
  }

  /**
   * The network's output for a region, with or without a face; empty if the region lies outside the
   * picture.
   */
  private Optional<Mesh> run(Source picture, FaceRegion region) {
    try (PointerScope scope = new PointerScope()) {
      Optional<Mat> square = cut(picture, region);
      if (square.isEmpty()) {
        return Optional.empty();
      }
      net.setInput(
          blobFromImage(
              square.get(),
              1 / 255.0,
              new Size(INPUT, INPUT),
              Scalar.all(0),
              false,
              false,
              CV_32F));
      MatVector outputs = new MatVector();
      net.forward(outputs, new StringVector("conv2d_21", "conv2d_31"));
      FloatPointer points = new FloatPointer(outputs.get(0).data());
      double presence = sigmoid(new FloatPointer(outputs.get(1).data()).get());
      double scale = region.side() / INPUT;
      double cos = scale * region.cos();
      double sin = scale * region.sin();
      double[] x = new double[POINTS];
      double[] y = new double[POINTS];
      for (int i = 0; i < POINTS; i++) {
        double u = points.get(3L * i) - INPUT / 2.0;
        double v = points.get(3L * i + 1) - INPUT / 2.0;
        x[i] = region.centreX() + cos * u - sin * v;
        y[i] = region.centreY() + sin * u + cos * v;
      }
      return Optional.of(new Mesh(x, y, presence));
    }
  }

  /**
   * The region, upright and scaled to the network's input; the picture's edge is repeated beyond
   * it. A large region is first reduced by a whole factor with a box filter, as bilinear sampling
   * alone would skip pixels and make the points jump with the noise. Empty if the region lies
   * outside the picture.
   */
  private static Optional<Mat> cut(Source picture, FaceRegion region) {
    PixelRectangle area = area(region, picture.picture());
    if (area.isEmpty()) {
      return Optional.empty();
    }
    Mat source = picture.cut(area);
    int reduction = Math.max(1, (int) (region.side() / INPUT));
    double scaleX = 1;
    double scaleY = 1;
    if (reduction > 1) {
      Mat reduced = new Mat();
      int width = Math.max(1, source.cols() / reduction);
      int height = Math.max(1, source.rows() / reduction);
      resize(source, reduced, new Size(width, height), 0, 0, INTER_AREA);
      scaleX = (double) width / source.cols();
      scaleY = (double) height / source.rows();
      source = reduced;
    }
    double scale = region.side() / INPUT;
    double cos = scale * region.cos();
    double sin = scale * region.sin();
    // From centres of the input's pixels to centres of the source's; both count from 0.5.
    double middle = (INPUT - 1) / 2.0;
    Mat toSource = new Mat(2, 3, CV_64F);
    new DoublePointer(toSource.data())
        .put(
            scaleX * cos,
            -scaleX * sin,
            scaleX * (region.centreX() - area.x0() - (cos - sin) * middle) - 0.5,
            scaleY * sin,
            scaleY * cos,
            scaleY * (region.centreY() - area.y0() - (sin + cos) * middle) - 0.5);
    Mat square = new Mat();
    warpAffine(
        source,
        square,
        toSource,
        new Size(INPUT, INPUT),
        INTER_LINEAR | WARP_INVERSE_MAP,
        BORDER_REPLICATE,
        Scalar.all(0));
    return Optional.of(square);
  }

  private static int clamp(double position, int length) {
    return (int) Math.max(0, Math.min(length, Math.floor(position)));
  }

  static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  @Override
  public void close() {
    net.releaseReference();
  }
}
