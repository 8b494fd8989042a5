package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.latentsync.model.render.ComputePermits;
import org.junit.jupiter.api.Test;

final class GpuPoolTest {
  private final GpuPool pool = new GpuPool();

  @Test
  void eachTaskGetsTheGpuWithTheFewestTasks() {
    TaskDevice first = pool.takeAny(3);
    TaskDevice second = pool.takeAny(3);
    assertThat(first.device()).isEqualTo(Device.gpu(0));
    assertThat(second.device()).isEqualTo(Device.gpu(1));
    assertThat(pool.takeAny(3).device()).isEqualTo(Device.gpu(2));
    assertThat(pool.takeAny(3).device()).isEqualTo(Device.gpu(0));
    second.close();
    assertThat(pool.takeAny(3).device()).isEqualTo(Device.gpu(1));
  }

  @Test
  void allTasksOfADeviceShareItsPermits() {
    ComputePermits permits = pool.permits(Device.gpu(0), () -> 2);
    assertThat(permits.tasks()).isEqualTo(2);
    assertThat(pool.permits(Device.gpu(0), () -> 3)).isSameAs(permits);
    assertThat(pool.permits(Device.gpu(1), () -> 3).tasks()).isEqualTo(3);
    assertThat(pool.permits(Device.of("mps", 0), () -> 1).tasks()).isEqualTo(1);
    assertThat(pool.permits(Device.cpu(), () -> 1)).isSameAs(ComputePermits.UNLIMITED);
  }
}
