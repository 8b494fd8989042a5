package io.latentsync.train.head;

/**
 * The shape of a mouth at one moment; all values are 0…1.
 *
 * @param opening distance of the lips: 0 closed, 1 the widest opening of speech
 * @param width 0 narrowed, 0.5 relaxed, 1 spread
 * @param rounding of the lips, which also brings the corners together and the lips forward
 * @param teeth how much of the teeth shows in the opening
 * @param tongue how high the tongue stands in the opening
 */
public record MouthShape(float opening, float width, float rounding, float teeth, float tongue) {

  /** The number of values of a mouth. */
  public static final int VALUES = 5;

  /** Closed and relaxed, as in silence. */
  public static final MouthShape CLOSED = new MouthShape(0, 0.5f, 0, 0, 0);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one lies outside 0…1
   */
  public MouthShape {
    for (float value : new float[] {opening, width, rounding, teeth, tongue}) {
      if (!(value >= 0 && value <= 1)) {
        throw new IllegalArgumentException("a mouth's values must be 0…1, got " + value);
      }
    }
  }

  /** The mouth of {@link #values}. */
  public static MouthShape of(float[] values) {
    return new MouthShape(values[0], values[1], values[2], values[3], values[4]);
  }

  /** The values in their order, {@link #VALUES} of them. */
  public float[] values() {
    return new float[] {opening, width, rounding, teeth, tongue};
  }
}
