package io.latentsync.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PictureBatchTest {
  private static final AutoencoderKlConfig STABLE_DIFFUSION =
      new AutoencoderKlConfig(3, 3, 4, List.of(128, 256, 512, 512), 2, 32, true, true, true);

  private static int onGpu(int gib, int resolution, DataType type) {
    long values = PictureBatch.values(STABLE_DIFFUSION, resolution);
    return PictureBatch.onGpu((long) gib << 30, values * type.getNumOfBytes());
  }

  @Test
  void aCpuAndAnAppleGpuProcessOnePictureAtATime() {
    for (Device device : new Device[] {Device.cpu(), Device.of("mps", 0)}) {
      assertThat(PictureBatch.on(device, 1)).isEqualTo(1);
    }
  }

  @Test
  void anNvidiaGpuProcessesAsManyAsFitAnEighthOfItsMemory() {
    assertThat(onGpu(80, 512, DataType.FLOAT16)).isEqualTo(16);
    assertThat(onGpu(23, 512, DataType.FLOAT16)).isEqualTo(4);
    assertThat(onGpu(23, 256, DataType.FLOAT16)).isEqualTo(16);
    assertThat(onGpu(23, 256, DataType.FLOAT32)).isEqualTo(8);
    assertThat(onGpu(11, 512, DataType.FLOAT16)).isEqualTo(2);
    assertThat(onGpu(1, 512, DataType.FLOAT32)).isEqualTo(1);
  }
}
