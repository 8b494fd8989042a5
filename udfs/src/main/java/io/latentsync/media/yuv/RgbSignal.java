package io.latentsync.media.yuv;

/** The non-linear R'G'B' signal of a video that an 8-bit SDR picture stands for. */
public interface RgbSignal {
  /** SDR: the picture's own values. */
  RgbSignal SDR =
      new RgbSignal() {
        @Override
        public void of(int r, int g, int b, double[] signal) {
          signal[0] = r / 255.0;
          signal[1] = g / 255.0;
          signal[2] = b / 255.0;
        }

        @Override
        public double ofGrey(int grey) {
          return grey / 255.0;
        }
      };

  /**
   * The signal of a colour.
   *
   * @param r red, 0…255
   * @param g green, 0…255
   * @param b blue, 0…255
   * @param signal receives R', G' and B', 0…1
   */
  void of(int r, int g, int b, double[] signal);

  /**
   * The signal of graphics, of which all components are equal.
   *
   * @param grey from black (0) to white (255)
   */
  double ofGrey(int grey);
}
