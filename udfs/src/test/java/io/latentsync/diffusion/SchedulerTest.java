package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulerTest {
  private static final SchedulerConfig CONFIG = SchedulerConfig.STABLE_DIFFUSION;

  @ParameterizedTest
  @CsvSource({"DDIM,999", "DPM_SOLVER,998"})
  void allValidNumbersOfStepsHaveTimestepsInsideTheSchedule(Scheduler.Kind kind, int most) {
    for (int steps = 1; steps <= most; steps++) {
      long[] timesteps = kind.create(CONFIG, steps).timesteps();
      assertThat(timesteps).hasSize(steps);
      assertThat(timesteps[0]).isLessThan(1000);
      assertThat(timesteps[steps - 1]).isPositive();
      for (int i = 1; i < steps; i++) {
        assertThat(timesteps[i]).isLessThan(timesteps[i - 1]);
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kind.create(CONFIG, most + 1))
        .withMessageContaining("steps is " + (most + 1))
        .withMessageContaining("from 1 to " + most);
    assertThatIllegalArgumentException().isThrownBy(() -> kind.create(CONFIG, 0));
  }

  @ParameterizedTest
  @EnumSource
  void thePictureIsRecoveredFromTheTrueNoise(Scheduler.Kind kind) {
    // With a perfect prediction every deterministic solver ends at the picture.
    Scheduler scheduler = kind.create(CONFIG, 12);
    float alpha = CONFIG.alphasCumprod()[(int) scheduler.timesteps()[0]];
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape shape = new Shape(1, 4, 2, 8, 8);
      NDArray picture = noise(manager, 1, shape);
      NDArray noise = noise(manager, 2, shape);
      NDArray latents =
          picture.mul((float) Math.sqrt(alpha)).add(noise.mul((float) Math.sqrt(1 - alpha)));
      Scheduler.Trajectory trajectory = begin(scheduler, manager);
      for (int i = 0; i < 12; i++) {
        latents = trajectory.step(latents, noise);
      }
      // DDIM ends at the noise of the first training step, sqrt(1 - 0.99915) = 0.029.
      float left = kind == Scheduler.Kind.DDIM ? 0.0292f : 0;
      NDArray wanted = picture.mul((float) Math.sqrt(1 - left * left)).add(noise.mul(left));
      assertThat(latents.sub(wanted).abs().max().getFloat()).isLessThan(1e-3f);
    }
  }

  @ParameterizedTest
  @EnumSource
  void trajectoriesOfOneSchedulerAreIndependent(Scheduler.Kind kind) {
    Scheduler scheduler = kind.create(CONFIG, 6);
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] alone = walk(begin(scheduler, manager), manager, 3, null);
      float[] interleaved = walk(begin(scheduler, manager), manager, 3, begin(scheduler, manager));
      assertThat(interleaved).containsExactly(alone);
    }
  }

  private static NDArray noise(NDManager manager, long seed, Shape shape) {
    return manager.create(new SeededNoise(seed).initial((int) shape.size()), shape);
  }

  private static Scheduler.Trajectory begin(Scheduler scheduler, NDManager manager) {
    return scheduler.begin(manager, new DeviceNumbers(manager, scheduler.numbers()));
  }

  private static float[] walk(
      Scheduler.Trajectory trajectory, NDManager manager, long seed, Scheduler.Trajectory other) {
    Shape shape = new Shape(1, 4, 1, 4, 4);
    NDArray latents = noise(manager, seed, shape);
    NDArray others = noise(manager, seed + 1, shape);
    for (int i = 0; i < 6; i++) {
      NDArray noise = noise(manager, seed + 2 + i, shape);
      latents = trajectory.step(latents, noise);
      if (other != null) {
        others = other.step(others, noise.neg());
      }
    }
    return latents.toFloatArray();
  }

  @ParameterizedTest
  @EnumSource
  void stepAfterTheLastIsRefused(Scheduler.Kind kind) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.ones(new Shape(1, 4, 1, 2, 2));
      Scheduler.Trajectory trajectory = begin(kind.create(CONFIG, 2), manager);
      NDArray first = trajectory.step(x, x.duplicate());
      NDArray second = trajectory.step(first, x);
      assertThatIllegalStateException().isThrownBy(() -> trajectory.step(second, x));
    }
  }
}
