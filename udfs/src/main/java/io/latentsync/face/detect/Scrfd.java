package io.latentsync.face.detect;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Scalar;

/**
 * InsightFace's face detector {@code det_10g.onnx} (Guo et al. 2021, "Sample and Computation
 * Redistribution for Efficient Face Detection"): from a picture to boxes.
 *
 * <p>Written from the published conventions of the model and tested on made-up networks of its
 * shape; it has never been run on the real file.
 */
final class Scrfd implements AutoCloseable {
  /** Side of the network's input square in pixels, as in the reference implementation. */
  static final int INPUT = 512;

  private static final float MEAN = 127.5f;
  private static final float DEVIATION = 128;

  /** Strides of the three grids: input pixels per cell. */
  private static final int[] STRIDES = {8, 16, 32};

  private static final int ANCHORS_PER_CELL = 2;

  /** For each grid scores, boxes and five points. */
  private static final int OUTPUTS = 3 * STRIDES.length;

  /** Of two boxes that overlap by more than this, the one with the higher score is kept. */
  private static final float SAME_FACE = 0.4f;

  /**
   * A face's box in pixels of the picture.
   *
   * @param score confidence of the network, 0…1
   */
  record Box(float left, float top, float right, float bottom, float score) {

    /** Intersection over union; boxes include their last pixels. */
    float overlap(Box other) {
      float width = Math.min(right, other.right) - Math.max(left, other.left) + 1;
      float height = Math.min(bottom, other.bottom) - Math.max(top, other.top) + 1;
      float both = Math.max(0, width) * Math.max(0, height);
      return both / (area() + other.area() - both);
    }

    private float area() {
      return (right - left + 1) * (bottom - top + 1);
    }
  }

  private final OnnxNetwork network;

  /**
   * Loads the network.
   *
   * @throws IOException if it cannot be read or is another network; the message names the file
   */
  Scrfd(Path file) throws IOException {
    network = OnnxNetwork.load(file, OUTPUTS);
  }

  /** The faces of a picture with at least the given score, in descending order of score. */
  List<Box> detect(RgbImage picture, float minScore) {
    int width = INPUT;
    int height = INPUT;
    if (picture.height() > picture.width()) {
      width = Math.max(1, (int) ((long) INPUT * picture.width() / picture.height()));
    } else {
      height = Math.max(1, (int) ((long) INPUT * picture.height() / picture.width()));
    }
    float scale = (float) height / picture.height();
    List<float[]> outputs = network.run(reduced(picture, width, height), MEAN, DEVIATION);
    List<Box> boxes = new ArrayList<>();
    for (int i = 0; i < STRIDES.length; i++) {
      decode(outputs.get(i), outputs.get(STRIDES.length + i), STRIDES[i], scale, minScore, boxes);
    }
    return suppress(boxes);
  }

  /** The picture in the upper left of the input square; the rest is black. */
  private static RgbImage reduced(RgbImage picture, int width, int height) {
    try (PointerScope scope = new PointerScope()) {
      Mat square = new Mat(INPUT, INPUT, CV_8UC3, Scalar.all(0));
      Mat inner = new Mat(square, new Rect(0, 0, width, height));
      resize(PictureMat.of(picture), inner, inner.size(), 0, 0, INTER_LINEAR);
      RgbImage result = RgbImage.black(INPUT, INPUT);
      square.data().get(result.pixels());
      return result;
    }
  }

  /**
   * Adds the faces of one grid's anchors. Its cells are in rows; an anchor is at its cell's upper
   * left corner and gives the distances to the four sides of the box, in strides.
   */
  private static void decode(
      float[] scores, float[] distances, int stride, float scale, float minScore, List<Box> boxes) {
    int cells = INPUT / stride;
    if (scores.length != cells * cells * ANCHORS_PER_CELL
        || distances.length != 4 * scores.length) {
      throw new IllegalStateException(
          "the face detector gives %d scores and %d distances at stride %d; is it det_10g.onnx?"
              .formatted(scores.length, distances.length, stride));
    }
    for (int i = 0; i < scores.length; i++) {
      if (scores[i] >= minScore) {
        int cell = i / ANCHORS_PER_CELL;
        int x = stride * (cell % cells);
        int y = stride * (cell / cells);
        boxes.add(
            new Box(
                (x - stride * distances[4 * i]) / scale,
                (y - stride * distances[4 * i + 1]) / scale,
                (x + stride * distances[4 * i + 2]) / scale,
                (y + stride * distances[4 * i + 3]) / scale,
                scores[i]));
      }
    }
  }

  /** Non-maximum suppression in descending order of score. */
  private static List<Box> suppress(List<Box> boxes) {
    List<Box> kept = new ArrayList<>();
    boxes.stream()
        .sorted(Comparator.comparing(Box::score).reversed())
        .filter(box -> kept.stream().noneMatch(other -> box.overlap(other) > SAME_FACE))
        .forEach(kept::add);
    return kept;
  }

  @Override
  public void close() {
    network.close();
  }
}
