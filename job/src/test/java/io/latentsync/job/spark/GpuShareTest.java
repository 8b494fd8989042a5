package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.render.RenderOptions;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.TaskResourceProfile;
import org.junit.jupiter.api.Test;

/** The resource requests of synthesis tasks. */
final class GpuShareTest {
  private final SparkConf conf = new SparkConf(false).set("spark.master", "yarn");

  private static RenderOptions on(DeviceChoice device) {
    return new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 1, 1, 1)
        .with(new RenderOptions.Compute(device, 1, 1));
  }

  @Test
  void tasksShareTheGpuOfTheirExecutor() {
    conf.set("spark.executor.resource.gpu.amount", "1")
        .set("spark.task.cpus", "2")
        .set(TasksPerGpu.SETTING, "2");
    ResourceProfile profile = GpuShare.of(conf, on(DeviceChoice.AUTO)).orElseThrow();
    assertThat(profile.taskResourcesJMap().get("gpu").amount()).isEqualTo(0.5);
    assertThat(profile.taskResourcesJMap().get("cpus").amount()).isEqualTo(2);
    // The profile has no requests for executors, so the existing executors can run its tasks.
    assertThat(profile).isInstanceOf(TaskResourceProfile.class);
    assertThat(GpuShare.of(conf, on(DeviceChoice.CUDA))).isPresent();
  }

  @Test
  void withoutANumberFourTasksShareAGpu() {
    conf.set("spark.executor.resource.gpu.amount", "1");
    ResourceProfile profile = GpuShare.of(conf, on(DeviceChoice.AUTO)).orElseThrow();
    assertThat(profile.taskResourcesJMap().get("gpu").amount()).isEqualTo(0.25);
  }

  @Test
  void noGpuIsRequestedWhereExecutorsHaveNone() {
    assertThat(GpuShare.of(conf, on(DeviceChoice.CUDA))).isEmpty();
  }

  @Test
  void dynamicAllocationOfExecutorsWithGpusIsRefused() throws InvalidInputException {
    conf.set("spark.dynamicAllocation.enabled", "true");
    GpuShare.requireFixedExecutors(conf);
    conf.set("spark.executor.resource.gpu.amount", "1");
    assertThatThrownBy(() -> GpuShare.requireFixedExecutors(conf))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "spark.dynamicAllocation.enabled is true, but must be false for executors with GPUs"
                + " (spark.executor.resource.gpu.amount): executors for stages without GPUs"
                + " would occupy GPUs too; set spark.executor.instances, or"
                + " spark.task.resource.gpu.amount for all stages");
    conf.set("spark.task.resource.gpu.amount", "0.5");
    GpuShare.requireFixedExecutors(conf);
  }

  @Test
  void aTaskOnTheCpuRequestsNoGpu() {
    conf.set("spark.executor.resource.gpu.amount", "1");
    assertThat(GpuShare.of(conf, on(DeviceChoice.CPU))).isEmpty();
  }

  @Test
  void theUsersRequestForAllTasksIsKept() {
    conf.set("spark.executor.resource.gpu.amount", "1")
        .set("spark.task.resource.gpu.amount", "0.5");
    assertThat(GpuShare.of(conf, on(DeviceChoice.AUTO))).isEmpty();
  }

  @Test
  void localModeRequestsNoGpu() {
    conf.set("spark.master", "local[2]").set("spark.executor.resource.gpu.amount", "1");
    assertThat(GpuShare.of(conf, on(DeviceChoice.AUTO))).isEmpty();
  }
}
