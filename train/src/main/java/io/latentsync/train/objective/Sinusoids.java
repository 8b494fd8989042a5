package io.latentsync.train.objective;

/** Fixed positional encodings. */
final class Sinusoids {
  private static final double LONGEST = 10_000;

  private Sinusoids() {}

  /**
   * Sines in the even and cosines in the odd columns (Vaswani et al., "Attention is all you need",
   * 2017, section 3.5), as in motion modules.
   *
   * @return [places, width] in row-major order
   */
  static float[] interleaved(int places, int width) {
    float[] table = new float[places * width];
    for (int place = 0; place < places; place++) {
      for (int i = 0; i < width; i++) {
        double angle = place * Math.pow(LONGEST, -(double) (i - i % 2) / width);
        table[place * width + i] = (float) (i % 2 == 0 ? Math.sin(angle) : Math.cos(angle));
      }
    }
    return table;
  }

  /**
   * Sines in the first, cosines in the second half of the columns, as in Whisper's encoder.
   *
   * @return [places, width] in row-major order
   */
  static float[] halved(int places, int width) {
    int half = width / 2;
    float[] table = new float[places * width];
    for (int place = 0; place < places; place++) {
      for (int i = 0; i < half; i++) {
        double angle = place * Math.pow(LONGEST, -(double) i / (half - 1));
        table[place * width + i] = (float) Math.sin(angle);
        table[place * width + half + i] = (float) Math.cos(angle);
      }
    }
    return table;
  }
}
