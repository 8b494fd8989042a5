package io.latentsync.audio;

import static org.bytedeco.opencv.global.opencv_core.CV_64F;
import static org.bytedeco.opencv.global.opencv_core.DFT_ROWS;
import static org.bytedeco.opencv.global.opencv_core.dft;

import java.nio.DoubleBuffer;
import org.bytedeco.opencv.opencv_core.Mat;

/** The Fourier transform of rows of real numbers, by OpenCV. */
final class RealFourier {
  private RealFourier() {}

  /**
   * The squared magnitude at each frequency. A row's bits do not depend on the other rows.
   *
   * @param rows [count, length] in row-major order; overwritten
   * @param count number of rows
   * @param length of a row, even
   * @return by row and frequency, length / 2 + 1 of them
   */
  static double[][] power(double[] rows, int count, int length) {
    try (Mat time = new Mat(count, length, CV_64F);
        Mat frequency = new Mat(count, length, CV_64F)) {
      time.<DoubleBuffer>createBuffer().put(rows);
      dft(time, frequency, DFT_ROWS, 0);
      frequency.<DoubleBuffer>createBuffer().get(rows);
    }
    double[][] power = new double[count][length / 2 + 1];
    for (int i = 0; i < count; i++) {
      // A row is Re0, Re1, Im1, Re2, Im2, …, the real number of the highest frequency.
      int row = i * length;
      power[i][0] = rows[row] * rows[row];
      power[i][length / 2] = rows[row + length - 1] * rows[row + length - 1];
      for (int bin = 1; bin < length / 2; bin++) {
        double re = rows[row + 2 * bin - 1];
        double im = rows[row + 2 * bin];
        power[i][bin] = re * re + im * im;
      }
    }
    return power;
  }
}
