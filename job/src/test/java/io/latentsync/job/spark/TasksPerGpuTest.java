package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.job.failure.InvalidInputException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class TasksPerGpuTest {
  private static final long GIB = 1L << 30;

  private static TasksPerGpu of(String value) throws InvalidInputException {
    return TasksPerGpu.parse("--tasks_per_gpu", value);
  }

  @Test
  void theUsersNumberIsUsed() throws Exception {
    assertThat(of("6").slots()).isEqualTo(6);
    assertThat(of("6").permits(OptionalLong.of(GIB), GIB)).isEqualTo(6);
    assertThat(of(of("6").toString())).isEqualTo(of("6"));
  }

  @Test
  void theFreeMemoryAllowsUpToFourTasks() throws Exception {
    TasksPerGpu auto = of("auto");
    assertThat(auto.slots()).isEqualTo(4);
    assertThat(auto.permits(OptionalLong.of(80 * GIB), 3 * GIB)).isEqualTo(4);
    assertThat(auto.permits(OptionalLong.of(8 * GIB), 3 * GIB)).isEqualTo(2);
    assertThat(auto.permits(OptionalLong.of(2 * GIB), 3 * GIB)).isEqualTo(1);
    assertThat(of(auto.toString())).isEqualTo(auto);
  }

  @Test
  void oneTaskComputesIfTheFreeMemoryIsUnknown() throws Exception {
    assertThat(of("auto").permits(OptionalLong.empty(), GIB)).isEqualTo(1);
    assertThat(of("2").permits(OptionalLong.empty(), GIB)).isEqualTo(2);
  }
}
