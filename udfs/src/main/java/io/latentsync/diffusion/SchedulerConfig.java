package io.latentsync.diffusion;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.latentsync.nn.networks.ConfigText;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The noise schedule that a network was trained with: the {@code scheduler_config.json} next to a
 * published checkpoint (diffusers' layout; keys that do not affect these schedulers are ignored).
 * Keys without an obvious default are required.
 *
 * @param betaStart variance added by the first training step, in (0, 1)
 * @param betaEnd variance added by the last training step, in [betaStart, 1)
 * @param betaSchedule {@code scaled_linear}: the square roots of the variances are equally spaced
 * @param numTrainTimesteps number of training timesteps, 2 to 100,000
 * @param stepsOffset offset of all timesteps of the sampling, 0 or 1
 * @param setAlphaToOne true: DDIM's last step removes all noise; false: it ends at the noise level
 *     of the first training step
 * @param clipSample must be false, because latents have no fixed range
 * @param predictionType the quantity that the network predicts; absent: the noise
 * @param timestepSpacing {@code leading} or absent
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SchedulerConfig(
    @JsonProperty(required = true) double betaStart,
    @JsonProperty(required = true) double betaEnd,
    @JsonProperty(required = true) String betaSchedule,
    @JsonProperty(required = true) int numTrainTimesteps,
    @JsonProperty(required = true) int stepsOffset,
    @JsonProperty(required = true) boolean setAlphaToOne,
    @JsonProperty(required = true) boolean clipSample,
    PredictionType predictionType,
    String timestepSpacing) {

  private static final int MOST_TIMESTEPS = 100_000;

  /** The schedule of Stable Diffusion 1.x. LatentSync was trained with it. */
  public static final SchedulerConfig STABLE_DIFFUSION =
      new SchedulerConfig(
          0.00085,
          0.012,
          "scaled_linear",
          1000,
          1,
          false,
          false,
          PredictionType.EPSILON,
          "leading");

  /**
   * Checks that the schedule is supported.
   *
   * @throws IllegalArgumentException naming the key, its value and the valid values
   */
  public SchedulerConfig {
    predictionType = predictionType == null ? PredictionType.EPSILON : predictionType;
    timestepSpacing = timestepSpacing == null ? "leading" : timestepSpacing;
    require(betaStart > 0 && betaStart < 1, "beta_start", betaStart, "between 0 and 1");
    require(betaEnd >= betaStart && betaEnd < 1, "beta_end", betaEnd, "from beta_start to below 1");
    require("scaled_linear".equals(betaSchedule), "beta_schedule", betaSchedule, "scaled_linear");
    require(
        numTrainTimesteps >= 2 && numTrainTimesteps <= MOST_TIMESTEPS,
        "num_train_timesteps",
        numTrainTimesteps,
        "a whole number from 2 to " + MOST_TIMESTEPS);
    require(stepsOffset == 0 || stepsOffset == 1, "steps_offset", stepsOffset, "0 or 1");
    require(!clipSample, "clip_sample", clipSample, "false");
    require(timestepSpacing.equals("leading"), "timestep_spacing", timestepSpacing, "leading");
  }

  private static void require(boolean holds, String key, Object value, String right) {
    if (!holds) {
      throw new IllegalArgumentException(
          "scheduler config: " + key + " is " + Printable.value(value) + ", but must be " + right);
    }
  }

  /** The same schedule for a network that predicts another quantity. */
  public SchedulerConfig with(PredictionType type) {
    return new SchedulerConfig(
        betaStart,
        betaEnd,
        betaSchedule,
        numTrainTimesteps,
        stepsOffset,
        setAlphaToOne,
        clipSample,
        type,
        timestepSpacing);
  }

  /**
   * Reads a {@code scheduler_config.json}.
   *
   * @throws IOException if the file cannot be read, is not a scheduler config, or defines an
   *     unsupported schedule; the message names the file
   */
  public static SchedulerConfig read(Path file) throws IOException {
    try {
      return new ObjectMapper().readValue(ConfigText.read(file), SchedulerConfig.class);
    } catch (JsonProcessingException e) {
      String problem =
          e.getCause() instanceof IllegalArgumentException wrong
              ? Printable.line(wrong.getMessage())
              : ConfigText.problem(e);
      throw new IOException(file + " is not a usable scheduler config: " + problem, e);
    }
  }

  /**
   * ᾱ of each training timestep: the fraction of the image's variance that remains after the noise
   * of this and all earlier timesteps, ᾱ_t = Π_{s≤t} (1 − β_s) (Ho et al., "Denoising Diffusion
   * Probabilistic Models", 2020). Values are rounded to float at the same points as in diffusers.
   */
  public float[] alphasCumprod() {
    float first = (float) Math.sqrt(betaStart);
    float last = (float) Math.sqrt(betaEnd);
    float spacing = (last - first) / (numTrainTimesteps - 1);
    float[] alphas = new float[numTrainTimesteps];
    double product = 1;
    for (int t = 0; t < numTrainTimesteps; t++) {
      // Computed from the nearer end, as torch.linspace does.
      float root =
          t < numTrainTimesteps / 2
              ? first + spacing * t
              : last - spacing * (numTrainTimesteps - 1 - t);
      product *= 1 - root * root;
      alphas[t] = (float) product;
    }
    return alphas;
  }

  /**
   * The timesteps of the sampling with "leading" spacing, in descending order. Each is a multiple
   * of {@code trainTimesteps / divisor} plus the offset; the last is {@code smallest} times that
   * spacing plus the offset.
   */
  long[] leadingTimesteps(int steps, int divisor, int smallest) {
    int spacing = numTrainTimesteps / divisor;
    long[] timesteps = new long[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (long) (smallest + steps - 1 - i) * spacing + stepsOffset;
    }
    return timesteps;
  }
}
