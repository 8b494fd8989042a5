package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

final class TorchEngineTest {
  @Test
  void errorsOfLibtorchAreExceptions() {
    TorchEngine.load();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray wide = manager.ones(new Shape(2, 3));
      assertThatThrownBy(() -> wide.matMul(wide))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)");
    }
  }
}
