package io.latentsync.face.blend;

import static org.bytedeco.opencv.global.opencv_core.CV_32F;

import io.latentsync.image.RgbImage;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Energy of luma by spatial frequency, of a picture and a copy of it that has lost or gained
 * detail: sums over square patches, weighted by a Hann window, without the mean.
 */
final class BandEnergies {
  private final double[] edges;
  private final double[] before;
  private final double[] after;
  private final double[] common;

  /**
   * No patches yet.
   *
   * @param edges of the bands, ascending, in cycles per pixel of the picture, at least 2
   */
  BandEnergies(double... edges) {
    this.edges = edges.clone();
    int bands = edges.length - 1;
    before = new double[bands];
    after = new double[bands];
    common = new double[bands];
  }

  /**
   * Adds a patch.
   *
   * @param side of the patch in pixels; it must lie inside the pictures
   */
  void add(RgbImage picture, RgbImage copy, int left, int top, int side) {
    try (Mat one = spectrum(picture, left, top, side);
        Mat other = spectrum(copy, left, top, side);
        FloatIndexer a = one.createIndexer();
        FloatIndexer b = other.createIndexer()) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          int band = band(frequency(x, side), frequency(y, side));
          if (band >= 0) {
            float re = a.get(y, x, 0);
            float im = a.get(y, x, 1);
            before[band] += re * re + im * im;
            after[band] += b.get(y, x, 0) * b.get(y, x, 0) + b.get(y, x, 1) * b.get(y, x, 1);
            common[band] += re * b.get(y, x, 0) + im * b.get(y, x, 1);
          }
        }
      }
    }
  }

  /** The copy's energy as a share of the picture's, in each band. */
  double[] ratios() {
    double[] ratios = new double[before.length];
    Arrays.setAll(ratios, i -> after[i] / before[i]);
    return ratios;
  }

  /**
   * The amplitude of the picture's own detail in the copy, in each band: 1 for an exact copy, 0 if
   * all of the copy's detail is another, such as aliases.
   */
  double[] gains() {
    double[] gains = new double[before.length];
    Arrays.setAll(gains, i -> common[i] / before[i]);
    return gains;
  }

  private int band(double across, double down) {
    double radius = Math.hypot(across, down);
    int band = Arrays.binarySearch(edges, radius);
    band = band >= 0 ? band : -band - 2;
    return band >= before.length ? -1 : band;
  }

  private static double frequency(int index, int side) {
    return (double) (index <= side / 2 ? index : index - side) / side;
  }

  private static Mat spectrum(RgbImage picture, int left, int top, int side) {
    float[] patch = new float[side * side];
    double sum = 0;
    double weights = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = 3 * ((top + y) * picture.width() + left + x);
        byte[] rgb = picture.pixels();
        patch[y * side + x] =
            0.299f * (rgb[at] & 255) + 0.587f * (rgb[at + 1] & 255) + 0.114f * (rgb[at + 2] & 255);
        double weight = hann(x, side) * hann(y, side);
        sum += weight * patch[y * side + x];
        weights += weight;
      }
    }
    for (int i = 0; i < patch.length; i++) {
      double weight = hann(i % side, side) * hann(i / side, side);
      patch[i] = (float) (weight * (patch[i] - sum / weights));
    }
    try (FloatPointer values = new FloatPointer(patch);
        Mat mat = new Mat(side, side, CV_32F, values)) {
      Mat spectrum = new Mat();
      opencv_core.dft(mat, spectrum, opencv_core.DFT_COMPLEX_OUTPUT, 0);
      return spectrum;
    }
  }

  private static double hann(int index, int side) {
    return 0.5 - 0.5 * Math.cos(2 * Math.PI * (index + 0.5) / side);
  }
}
