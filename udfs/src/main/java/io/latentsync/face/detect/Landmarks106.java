package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.BORDER_CONSTANT;
import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.warpAffine;

import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * InsightFace's {@code 2d106det.onnx}: 106 points of the face in a box.
 *
 * <p>Written from the published conventions of the model and tested on made-up networks of its
 * shape; it has never been run on the real file.
 */
final class Landmarks106 implements AutoCloseable {
  /** Side of the network's input square in pixels. */
  static final int INPUT = 192;

  private static final int POINTS = 106;

  /** Ratio of the square's side to the box's larger side. */
  private static final double MARGIN = 1.5;

  private final OnnxNetwork network;

  /**
   * Loads the network.
   *
   * @throws IOException if it cannot be read or is another network; the message names the file
   */
  Landmarks106(Path file) throws IOException {
    network = OnnxNetwork.load(file, 1);
  }

  /**
   * The points of the face in a box.
   *
   * @return x and y of each point in turn, in pixels of the picture, pixel centres at integers
   */
  double[] find(RgbImage picture, Scrfd.Box box) {
    double scale = INPUT / (MARGIN * Math.max(box.right() - box.left(), box.bottom() - box.top()));
    double shiftX = INPUT / 2.0 - scale * (box.left() + box.right()) / 2;
    double shiftY = INPUT / 2.0 - scale * (box.top() + box.bottom()) / 2;
    // The network subtracts its own mean.
    float[] output = network.run(cut(picture, scale, shiftX, shiftY), 0, 1).get(0);
    if (output.length != 2 * POINTS) {
      throw new IllegalStateException(
          "the landmark network gives %d numbers; is it 2d106det.onnx?".formatted(output.length));
    }
    double[] points = new double[2 * POINTS];
    for (int i = 0; i < points.length; i++) {
      double inSquare = (output[i] + 1) * (INPUT / 2.0); // from −1…1
      points[i] = (inSquare - (i % 2 == 0 ? shiftX : shiftY)) / scale;
    }
    return points;
  }

  private static RgbImage cut(RgbImage picture, double scale, double shiftX, double shiftY) {
    try (PointerScope scope = new PointerScope()) {
      Mat matrix = new Mat(2, 3, CV_64F);
      new DoublePointer(matrix.data()).put(scale, 0, shiftX, 0, scale, shiftY);
      Mat square = new Mat();
      warpAffine(
          PictureMat.of(picture),
          square,
          matrix,
          new Size(INPUT, INPUT),
          INTER_LINEAR,
          BORDER_CONSTANT,
          Scalar.all(0));
      RgbImage result = RgbImage.black(INPUT, INPUT);
      square.data().get(result.pixels());
      return result;
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
