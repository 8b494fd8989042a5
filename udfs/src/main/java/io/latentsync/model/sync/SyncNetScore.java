package io.latentsync.model.sync;

import io.latentsync.face.track.MedianFilter;
import java.util.Arrays;

/**
 * SyncNet's score of a video, from the distances between the embeddings of lips and sound, shifted
 * against each other by −15 to 15 frames.
 *
 * @param offset the shift of the smallest mean distance, in frames; positive: the picture is late
 * @param confidence Sync-C, the median distance minus the smallest: high for lips that match the
 *     sound, near 0 for others
 * @param distance Sync-D, the smallest mean distance
 * @param frameConfidences the confidence of each window of five frames, median-filtered over nine
 *     windows
 */
public record SyncNetScore(
    int offset, double confidence, double distance, float[] frameConfidences) {
  /** Largest shift, in frames. */
  public static final int MAX_OFFSET = 15;

  /** The number of shifts. */
  public static final int SHIFTS = 2 * MAX_OFFSET + 1;

  private static final int SMOOTHED_WINDOWS = 9;

  /** Added to each difference by PyTorch's {@code pairwise_distance}. */
  private static final double EPSILON = 1e-6;

  /**
   * Compares two series of embeddings.
   *
   * @param lips embedding of each window; one per frame, except a video's last four
   * @param sound embedding of the same windows
   * @throws IllegalArgumentException if there is none, or the numbers differ
   */
  public static SyncNetScore of(float[][] lips, float[][] sound) {
    if (lips.length == 0 || lips.length != sound.length) {
      throw new IllegalArgumentException(
          "SyncNet needs equal numbers of windows of lips and sound, at least 1; got %d and %d"
              .formatted(lips.length, sound.length));
    }
    return of(distances(lips, sound, 0));
  }

  /**
   * The score of given distances, such as those of several parts of a video.
   *
   * @param distances by window and by shift, as {@link SyncNetEvaluation#distances} gives them
   * @throws IllegalArgumentException if there is none
   */
  public static SyncNetScore of(float[][] distances) {
    if (distances.length == 0) {
      throw new IllegalArgumentException("SyncNet's score needs at least 1 window; got 0");
    }
    double[] means = means(distances);
    double[] sorted = means.clone();
    Arrays.sort(sorted);
    double median = sorted[MAX_OFFSET];
    int best = 0;
    for (int shift = 1; shift < SHIFTS; shift++) {
      if (means[shift] < means[best]) {
        best = shift;
      }
    }
    float[] confidences = new float[distances.length];
    for (int i = 0; i < confidences.length; i++) {
      confidences[i] = (float) (median - distances[i][best]);
    }
    return new SyncNetScore(
        MAX_OFFSET - best,
        median - means[best],
        means[best],
        MedianFilter.of(confidences, SMOOTHED_WINDOWS));
  }

  /**
   * Distances by window of the lips and shift of the sound, from 15 windows before to 15 after.
   * Beyond the ends, the sound's embedding is zero.
   *
   * @param before number of windows of sound before the first of the lips
   */
  static float[][] distances(float[][] lips, float[][] sound, int before) {
    float[] silence = new float[lips[0].length];
    float[][] distances = new float[lips.length][SHIFTS];
    for (int i = 0; i < lips.length; i++) {
      for (int shift = 0; shift < SHIFTS; shift++) {
        int at = before + i + shift - MAX_OFFSET;
        distances[i][shift] = distance(lips[i], at >= 0 && at < sound.length ? sound[at] : silence);
      }
    }
    return distances;
  }

  /** The smallest confidence of a window. */
  public float lowestConfidence() {
    float lowest = Float.POSITIVE_INFINITY;
    for (float one : frameConfidences) {
      lowest = Math.min(lowest, one);
    }
    return lowest;
  }

  private static float distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i] + EPSILON;
      sum += difference * difference;
    }
    return (float) Math.sqrt(sum);
  }

  /** Mean over the windows, by shift. */
  static double[] means(float[][] distances) {
    double[] means = new double[SHIFTS];
    for (float[] window : distances) {
      for (int shift = 0; shift < SHIFTS; shift++) {
        means[shift] += window[shift] / (double) distances.length;
      }
    }
    return means;
  }
}
