package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import org.junit.jupiter.api.Test;

class PrecisionTest {
  @Test
  void autoIsHalfOnlyOnGpusWithTensorCores() {
    assertThat(Precision.AUTO.on(Device.cpu())).isEqualTo(DataType.FLOAT32);
    assertThat(Precision.onGpu(61)).isEqualTo(DataType.FLOAT32);
    assertThat(Precision.onGpu(70)).isEqualTo(DataType.FLOAT16);
    assertThat(Precision.onGpu(120)).isEqualTo(DataType.FLOAT16);
    assertThat(Precision.AUTO.on(Device.of("mps", -1))).isEqualTo(DataType.FLOAT32);
  }

  @Test
  void aChoiceIsTheSameOnEveryDevice() {
    for (Device device : new Device[] {Device.cpu(), Device.gpu()}) {
      assertThat(Precision.FP32.on(device)).isEqualTo(DataType.FLOAT32);
      assertThat(Precision.FP16.on(device)).isEqualTo(DataType.FLOAT16);
      assertThat(Precision.BF16.on(device)).isEqualTo(DataType.BFLOAT16);
    }
  }
}
