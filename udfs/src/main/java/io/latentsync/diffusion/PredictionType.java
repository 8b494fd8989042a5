package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonCreator;
import io.latentsync.text.Printable;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * The quantity that a network predicts from a noisy sample x = √ᾱ·x₀ + √(1 − ᾱ)·ε, under the name
 * that diffusers uses. Each quantity can be computed from x and any of the others.
 */
public enum PredictionType {
  /**
   * The noise ε (Ho et al., "Denoising diffusion probabilistic models", 2020). The published
   * checkpoints predict it.
   */
  EPSILON("epsilon"),
  /** The clean sample x₀. */
  SAMPLE("sample"),
  /**
   * The velocity √ᾱ·ε − √(1 − ᾱ)·x₀ (Salimans and Ho, "Progressive distillation for fast sampling
   * of diffusion models", 2022).
   */
  VELOCITY("v_prediction");

  private final String text;

  PredictionType(String text) {
    this.text = text;
  }

  /**
   * Returns the type with a name.
   *
   * @throws IllegalArgumentException if there is no such type
   */
  @JsonCreator
  public static PredictionType of(String text) {
    return Arrays.stream(values())
        .filter(type -> type.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "prediction_type is %s, but must be one of %s"
                        .formatted(
                            Printable.value(text),
                            Arrays.stream(values())
                                .map(PredictionType::toString)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * The constants that {@link #noise} needs on the device.
   *
   * @param alpha ᾱ of the timestep, in (0, 1)
   */
  DoubleStream numbers(double alpha) {
    return this == EPSILON
        ? DoubleStream.empty()
        : DoubleStream.of(Math.sqrt(alpha), Math.sqrt(1 - alpha));
  }

  /**
   * The noise in a noisy sample, computed from the network's prediction.
   *
   * @param prediction the network's prediction
   * @param noisy the noisy sample x, of the same shape
   * @param alpha ᾱ of the timestep, in (0, 1)
   * @param numbers contains at least {@link #numbers(double)} of alpha
   * @return an array of the same shape, owned by the manager of {@code noisy} or the prediction
   *     itself
   */
  NDArray noise(NDArray prediction, NDArray noisy, double alpha, DeviceNumbers numbers) {
    if (this == EPSILON) {
      return prediction;
    }
    NDArray signal = numbers.of(Math.sqrt(alpha));
    NDArray noisiness = numbers.of(Math.sqrt(1 - alpha));
    return this == SAMPLE
        ? noisy.sub(prediction.mul(signal)).div(noisiness)
        : noisy.mul(noisiness).add(prediction.mul(signal));
  }

  /** The name in a scheduler config. */
  @Override
  public String toString() {
    return text;
  }
}
