package io.latentsync.job.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.model.bundle.DeviceChoice;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

final class SynthesisSlotsTest {
  private final SparkConf conf = new SparkConf(false).set("spark.master", "spark://host:7077");

  private int slots(DeviceChoice device) {
    return SynthesisSlots.of(conf, device, 64, 4);
  }

  @Test
  void withoutGpusEachCoreIsASlot() {
    assertThat(slots(DeviceChoice.AUTO)).isEqualTo(64);
  }

  @Test
  void eachShareOfAGpuIsASlot() {
    conf.set("spark.executor.resource.gpu.amount", "2");
    assertThat(slots(DeviceChoice.AUTO)).isEqualTo(32);
    assertThat(slots(DeviceChoice.CPU)).isEqualTo(64);
    conf.set(TasksPerGpu.SETTING, "3");
    assertThat(slots(DeviceChoice.CUDA)).isEqualTo(24);
    conf.set("spark.executor.instances", "3");
    assertThat(slots(DeviceChoice.CUDA)).isEqualTo(18);
    conf.set("spark.task.resource.gpu.amount", "2");
    assertThat(slots(DeviceChoice.CUDA)).isEqualTo(3);
  }

  @Test
  void thereAreNoMoreSlotsThanCores() {
    conf.set("spark.executor.resource.gpu.amount", "8").set(TasksPerGpu.SETTING, "4");
    assertThat(slots(DeviceChoice.CUDA)).isEqualTo(64);
  }
}
