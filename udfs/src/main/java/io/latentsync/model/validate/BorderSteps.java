package io.latentsync.model.validate;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.DoubleStream;

/**
 * The steps at the borders of one kind: how much more the faces change there from one frame to the
 * next than elsewhere. The change of a frame is the mean squared difference of the luma inside the
 * faces, divided by that of the source, so that moving heads and cuts of the source do not count.
 *
 * @param kind of the borders
 * @param count their number
 * @param mean the mean change at the borders by the mean change elsewhere
 * @param largest the largest change at a border by the largest change elsewhere
 */
public record BorderSteps(Kind kind, int count, double mean, double largest) {
  /** A larger step is a finding. */
  public static final double LIMIT = 1.5;

  /** The mean of fewer borders is imprecise. */
  private static final int FEWEST = 8;

  /** Changes elsewhere that must be known. */
  private static final int FEWEST_ELSEWHERE = 8;

  /** What meets at a border. */
  public enum Kind {
    /** Frames that were denoised together. */
    CHUNK,
    /** The unit of work and of encoding. */
    SEGMENT,
    /** Pictures of one camera position. */
    SHOT,
    /** New lips and the source's. */
    RANGE;

    /** The name in results, in lower case. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The steps at all borders.
   *
   * @param measures of all frames, in order
   * @param borders for each kind the frames that follow a border
   * @param isNew whether a frame has new lips
   * @return a value for each kind that has borders, in the order of the kinds
   */
  static List<BorderSteps> of(
      List<FrameMeasure> measures, Map<Kind, BitSet> borders, IntPredicate isNew) {
    double floor = median(measures.stream().mapToDouble(FrameMeasure::sourceStep));
    BitSet all = new BitSet();
    borders.values().forEach(all::or);
    double[] elsewhere =
        measures.stream()
            .filter(measure -> !all.get(measure.frame()))
            .filter(measure -> isNew.test(measure.frame()) && isNew.test(measure.frame() - 1))
            .mapToDouble(measure -> change(measure, floor))
            .filter(Double::isFinite)
            .toArray();
    if (elsewhere.length < FEWEST_ELSEWHERE) {
      return List.of();
    }
    return borders.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .flatMap(
            entry ->
                of(entry.getKey(), changes(measures, entry.getValue(), floor), elsewhere).stream())
        .toList();
  }

  private static Optional<BorderSteps> of(Kind kind, double[] at, double[] elsewhere) {
    return at.length == 0
        ? Optional.empty()
        : Optional.of(
            new BorderSteps(
                kind,
                at.length,
                DoubleStream.of(at).average().orElseThrow()
                    / DoubleStream.of(elsewhere).average().orElseThrow(),
                DoubleStream.of(at).max().orElseThrow()
                    / DoubleStream.of(elsewhere).max().orElseThrow()));
  }

  private static double[] changes(List<FrameMeasure> measures, BitSet frames, double floor) {
    return measures.stream()
        .filter(measure -> frames.get(measure.frame()))
        .mapToDouble(measure -> change(measure, floor))
        .filter(Double::isFinite)
        .toArray();
  }

  /**
   * The change of a frame.
   *
   * @param floor the usual change of the source: what stands still must not be divided by
   */
  private static double change(FrameMeasure measure, double floor) {
    // A quarter of a grey level squared: less is the encoder's noise.
    return (measure.step() + 0.25) / (Math.max(measure.sourceStep(), floor) + 0.25);
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  /** Whether there is a step that a viewer may see. */
  public boolean isVisible() {
    return (count >= FEWEST && mean > LIMIT) || largest > LIMIT;
  }

  /** Both values in a few words. */
  public String text() {
    return String.format(
        Locale.ROOT, "%d %s borders: step %.2f, largest %.2f", count, kind, mean, largest);
  }
}
