package io.latentsync.face.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.latentsync.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The arithmetic around InsightFace's networks, on networks made for the test. The real networks
 * are not available here; the format of their inputs and outputs is that of InsightFace's own
 * programs.
 */
class InsightFaceDetectorTest {
  @TempDir private Path folder;
  private Path boxes;
  private Path points;

  /**
   * Boxes: at stride 32 the score of a cell's first anchor is its red, that of the second its
   * green; at stride 8 one anchor has a high score. Points: 50.1 + i/2 and 120.1 − i/3 pixels of
   * the square.
   */
  @BeforeEach
  void makeNetworks() throws IOException {
    boxes = folder.resolve(InsightFaceDetector.BOXES_FILE);
    points = folder.resolve(InsightFaceDetector.POINTS_FILE);
    float[] surely = new float[2 * 64 * 64];
    surely[2 * (40 * 64 + 50) + 1] = 0.75f;
    OnnxGraph graph =
        new OnnxGraph(Scrfd.INPUT)
            .integers("from", 0)
            .integers("to", 2)
            .integers("axis", 1)
            .integers("rows", -1, 1)
            .floats("score8", surely, 8192, 1)
            .floats("score16", new float[2048], 2048, 1)
            .floats("box8", repeated(8192, 5, 6, 7, 8), 8192, 4)
            .floats("box16", new float[8192], 2048, 4)
            .floats("box32", repeated(512, 0.5f, 1, 1.5f, 2), 512, 4)
            .floats("kps", new float[10], 1, 10)
            .node(
                "MaxPool",
                "brightest",
                new String[] {"picture"},
                new OnnxGraph.Attribute("kernel_shape", 32, 32),
                new OnnxGraph.Attribute("strides", 32, 32))
            .node("Slice", "redgreen", new String[] {"brightest", "from", "to", "axis"})
            .node(
                "Transpose",
                "cells",
                new String[] {"redgreen"},
                new OnnxGraph.Attribute("perm", 0, 2, 3, 1))
            .node("Reshape", "s32", new String[] {"cells", "rows"});
    for (String name : List.of("score8", "score16", "box8", "box16", "box32")) {
      graph.node("Identity", "out" + name, new String[] {name});
    }
    for (int stride : new int[] {8, 16, 32}) {
      graph.node("Identity", "outkps" + stride, new String[] {"kps"});
    }
    graph
        .output("outscore8", 8192, 1)
        .output("outscore16", 2048, 1)
        .output("s32", 512, 1)
        .output("outbox8", 8192, 4)
        .output("outbox16", 2048, 4)
        .output("outbox32", 512, 4)
        .output("outkps8", 1, 10)
        .output("outkps16", 1, 10)
        .output("outkps32", 1, 10)
        .write(boxes);
    float[] square = new float[212];
    for (int i = 0; i < 106; i++) {
      square[2 * i] = (50.1f + i / 2f) / 96 - 1;
      square[2 * i + 1] = (120.1f - i / 3f) / 96 - 1;
    }
    new OnnxGraph(Landmarks106.INPUT)
        .floats("points", square, 1, 212)
        .node("Identity", "fc1", new String[] {"points"})
        .output("fc1", 1, 212)
        .write(points);
  }

  private static float[] repeated(int times, float... values) {
    float[] all = new float[times * values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i % values.length];
    }
    return all;
  }

  /** Black, 1024×512, with a square of 64 pixels. */
  private static void paint(RgbImage picture, int left, int top, int channel, int value) {
    for (int y = top; y < top + 64; y++) {
      for (int x = left; x < left + 64; x++) {
        picture.pixels()[3 * (y * picture.width() + x) + channel] = (byte) value;
      }
    }
  }

  @Test
  void anchorsOfEachGridBecomeBoxesInPixelsOfThePicture() throws IOException {
    RgbImage picture = RgbImage.black(1024, 512);
    paint(picture, 256, 128, 0, 255);
    paint(picture, 832, 192, 1, 240);
    try (Scrfd network = new Scrfd(boxes)) {
      assertThat(network.detect(picture, 0.5f))
          .containsExactly(
              // Half of the picture's size; the cell's corner is at 128, 64.
              new Scrfd.Box(224, 64, 352, 256, 127.5f / 128),
              new Scrfd.Box(800, 128, 928, 320, 112.5f / 128),
              // Stride 8: the corner is at 400, 320.
              new Scrfd.Box(720, 544, 912, 768, 0.75f));
    }
  }

  @Test
  void theOverlappingBoxWithTheHighestScoreIsKept() throws IOException {
    RgbImage picture = RgbImage.black(1024, 512);
    paint(picture, 256, 128, 0, 230);
    paint(picture, 320, 128, 0, 250); // shares 64 of 128 columns: a third of the union
    paint(picture, 320, 192, 0, 240); // and two thirds of the rows
    paint(picture, 320, 128, 1, 245); // the other anchor of the same cell
    try (Scrfd network = new Scrfd(boxes)) {
      List<Scrfd.Box> found = network.detect(picture, 0.8f);
      assertThat(found)
          .extracting(Scrfd.Box::left, Scrfd.Box::top, Scrfd.Box::score)
          .containsExactly(tuple(288f, 64f, 122.5f / 128), tuple(224f, 64f, 102.5f / 128));
    }
  }

  @Test
  void uprightPictureIsReducedByItsHeight() throws IOException {
    RgbImage picture = RgbImage.black(400, 1024);
    paint(picture, 64, 192, 0, 255);
    try (Scrfd network = new Scrfd(boxes)) {
      assertThat(network.detect(picture, 0.9f))
          .containsExactly(new Scrfd.Box(32, 128, 160, 320, 127.5f / 128));
    }
  }

  @Test
  void theLandmarkNetworksInputIsASquareAroundTheBox() throws IOException {
    // Returns the red at some places of the square as x, the green as y.
    int[] columns = IntStream.range(0, 106).map(i -> 20 + 37 * i % 150).toArray();
    int[] rows = IntStream.range(0, 106).map(i -> 15 + 53 * i % 160).toArray();
    long[] places = new long[212];
    for (int i = 0; i < 106; i++) {
      places[2 * i] = (long) rows[i] * 192 + columns[i];
      places[2 * i + 1] = 192 * 192 + places[2 * i];
    }
    new OnnxGraph(Landmarks106.INPUT)
        .integers("all", -1)
        .integers("row", 1, 212)
        .integers("places", places)
        .floats("half", new float[] {96}, 1)
        .floats("one", new float[] {1}, 1)
        .node("Reshape", "flat", new String[] {"picture", "all"})
        .node("Gather", "seen", new String[] {"flat", "places"})
        .node("Div", "halves", new String[] {"seen", "half"})
        .node("Sub", "minus", new String[] {"halves", "one"})
        .node("Reshape", "fc1", new String[] {"minus", "row"})
        .output("fc1", 1, 212)
        .write(points);
    RgbImage picture = RgbImage.black(240, 250);
    for (int y = 0; y < 250; y++) {
      for (int x = 0; x < 240; x++) {
        picture.pixels()[3 * (y * 240 + x)] = (byte) x;
        picture.pixels()[3 * (y * 240 + x) + 1] = (byte) y;
      }
    }
    try (Landmarks106 network = new Landmarks106(points)) {
      // 100×120 pixels: the square has a side of 180.
      double[] found = network.find(picture, new Scrfd.Box(70, 60, 170, 180, 1));
      for (int i = 0; i < 106; i++) {
        double red = (found[2 * i] - 120) * 192 / 180 + 96;
        double green = (found[2 * i + 1] - 120) * 192 / 180 + 96;
        assertThat(red).isCloseTo(120 + (columns[i] - 96) * 180 / 192.0, within(0.6));
        assertThat(green).isCloseTo(120 + (rows[i] - 96) * 180 / 192.0, within(0.6));
      }
    }
  }

  @Test
  void pointsAreRoundedMeansOfRoundedLandmarksAsInTheReference() throws IOException {
    RgbImage picture = RgbImage.black(1024, 512);
    paint(picture, 256, 128, 0, 255);
    try (FaceDetector detector = new InsightFaceDetector(folder)) {
      DetectedFace face =
          detector.detect(picture).stream().filter(f -> f.x() == 224).findFirst().orElseThrow();
      assertThat(face.width()).isEqualTo(128);
      assertThat(face.height()).isEqualTo(192);
      assertThat(face.detector()).isEqualTo(InsightFaceDetector.NAME);
      // The square: 288 pixels around (288, 160), one and a half to a pixel of the network's.
      assertThat(face.points())
          .isEqualTo(
              new FacePoints(
                  mean(true, 43, 48, 49, 51, 50),
                  mean(false, 43, 48, 49, 51, 50),
                  mean(true, 101, 102, 103, 104, 105),
                  mean(false, 101, 102, 103, 104, 105),
                  mean(true, 74, 77, 83, 86),
                  mean(false, 74, 77, 83, 86)));
    }
  }

  private static float mean(boolean x, int... chosen) {
    double sum = 0;
    for (int i : chosen) {
      sum += Math.rint(x ? 288 + 1.5 * (50.1 + i / 2.0 - 96) : 160 + 1.5 * (120.1 - i / 3.0 - 96));
    }
    return (float) Math.rint(sum / chosen.length);
  }

  @Test
  void filesThatAreMissingOrOfAnotherNetworkAreNamed() throws IOException {
    Files.copy(points, boxes, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> new InsightFaceDetector(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(boxes.toString())
        .hasMessageContaining("1 outputs, but must have 1 and 9");
    Files.writeString(boxes, "no network");
    assertThatThrownBy(() -> new InsightFaceDetector(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(boxes + ": is not an ONNX network");
    Files.delete(boxes);
    assertThatThrownBy(() -> new InsightFaceDetector(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(boxes.toString());
  }
}
