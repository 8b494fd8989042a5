package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.latentsync.model.bundle.DeviceChoice.Hardware;
import java.io.IOException;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class DeviceChoiceTest {
  private static final OptionalInt NONE = OptionalInt.empty();
  private static final Hardware PLAIN = new Hardware(0, false);
  private static final Hardware FOUR_GPUS = new Hardware(4, false);
  private static final Hardware MAC = new Hardware(0, true);
  private static final Device APPLE = Device.of("mps", 0);

  @Test
  void autoSelectsTheAssignedGpu() throws Exception {
    assertThat(DeviceChoice.AUTO.device(OptionalInt.of(2), true, FOUR_GPUS))
        .isEqualTo(Device.gpu(2));
  }

  @Test
  void autoDoesNotUseAnUnassignedGpuOfACluster() throws Exception {
    assertThat(DeviceChoice.AUTO.device(NONE, true, FOUR_GPUS)).isEqualTo(Device.cpu());
  }

  @Test
  void autoSelectsTheBestDeviceOfALocalMachine() throws Exception {
    assertThat(DeviceChoice.AUTO.device(NONE, false, FOUR_GPUS)).isEqualTo(Device.gpu(0));
    assertThat(DeviceChoice.AUTO.device(NONE, false, MAC)).isEqualTo(APPLE);
    assertThat(DeviceChoice.AUTO.device(NONE, false, PLAIN)).isEqualTo(Device.cpu());
  }

  @Test
  void autoRefusesTheCpuWhereAGpuWasAssigned() {
    assertThatThrownBy(() -> DeviceChoice.AUTO.device(OptionalInt.of(1), true, PLAIN))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--device is auto, which is GPU 1 here")
        .hasMessageContaining("-Pcuda");
  }

  @Test
  void aChoiceIsKeptOnAnyHardware() throws Exception {
    assertThat(DeviceChoice.CPU.device(OptionalInt.of(1), true, FOUR_GPUS)).isEqualTo(Device.cpu());
    assertThat(DeviceChoice.CUDA.device(OptionalInt.of(3), true, FOUR_GPUS))
        .isEqualTo(Device.gpu(3));
    assertThat(DeviceChoice.CUDA.device(NONE, false, FOUR_GPUS)).isEqualTo(Device.gpu(0));
    assertThat(DeviceChoice.MPS.device(NONE, false, MAC)).isEqualTo(APPLE);
  }

  @Test
  void aMissingDeviceIsAnErrorThatNamesTheOption() {
    assertThatThrownBy(() -> DeviceChoice.CUDA.device(NONE, false, PLAIN))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--device is cuda");
    assertThatThrownBy(() -> DeviceChoice.MPS.device(NONE, false, FOUR_GPUS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--device is mps");
  }
}
