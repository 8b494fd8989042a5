package io.latentsync.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

final class TorchArraysTest {
  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void valuesAreCopiedAndOnlyTheArrayStays() {
    float[] values = new float[6 << 18];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.5f;
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      manager.create(0f).close(); // The first array loads the engine.
      long direct = directBytes();
      long byJavaCpp = Pointer.totalBytes();
      NDArray array = TorchArrays.of(manager, values, new Shape(2, 3, 1 << 18));
      assertThat(directBytes() - direct).isLessThan(values.length);
      assertThat(Pointer.totalBytes() - byJavaCpp).isLessThan(values.length);
      assertThat(array.getShape()).isEqualTo(new Shape(2, 3, 1 << 18));
      assertThat(array.getManager()).isSameAs(manager);
      assertThat(array.toFloatArray()).isEqualTo(values);
    }
  }
}
