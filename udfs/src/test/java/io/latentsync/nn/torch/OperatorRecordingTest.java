package io.latentsync.nn.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OperatorRecordingTest {
  @TempDir Path folder;

  @Test
  void anOperatorsOwnTimeIsWithoutThoseThatItCalls() throws Exception {
    Path file = folder.resolve("calls.json");
    // In the profiler's order: a call follows its nested calls.
    Files.writeString(
        file,
        """
        [
        {"name": "aten::copy_", "ph": "X", "ts": 12.0, "dur": 5.0, "tid": 1, "args": {}},
        {"name": "aten::to", "ph": "X", "ts": 11.0, "dur": 7.0, "tid": 1, "shape": []},
        {"name": "aten::linear", "ph": "X", "ts": 10.0, "dur": 100.0, "tid": 1},
        {"name": "aten::copy_", "ph": "X", "ts": 110.0, "dur": 30.0, "tid": 1},
        {"name": "aten::to", "ph": "X", "ts": 12.0, "dur": 4.0, "tid": 2}
        ]
        """);
    List<OperatorTime> operators = OperatorRecording.totals(file);

    assertThat(operators)
        .extracting(OperatorTime::name)
        .containsExactly("aten::linear", "aten::copy_", "aten::to");
    assertThat(operators).extracting(OperatorTime::calls).containsExactly(1L, 2L, 2L);
    assertMillis(operators.get(0), 0.100, 0.093);
    assertMillis(operators.get(1), 0.035, 0.035);
    assertMillis(operators.get(2), 0.011, 0.006);
  }

  private static void assertMillis(OperatorTime operator, double total, double self) {
    assertThat(operator.totalMillis()).as(operator.name()).isCloseTo(total, within(1e-9));
    assertThat(operator.selfMillis()).as(operator.name()).isCloseTo(self, within(1e-9));
  }

  @Test
  void theProfilerRecordsOnlyTheCallsOfThisThreadDuringTheRecording() throws Exception {
    TorchEngine.useThreads(1);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray matrix = manager.ones(new Shape(64, 64));
      matrix.exp();
      List<OperatorTime> operators =
          OperatorRecording.of(
              () -> {
                for (int i = 0; i < 3; i++) {
                  matrix.matMul(matrix);
                }
              });
      matrix.exp();

      assertThat(operators).extracting(OperatorTime::name).doesNotContain("aten::exp");
      assertThat(operators)
          .filteredOn(operator -> operator.name().equals("aten::matmul"))
          .singleElement()
          .satisfies(
              matmul -> {
                assertThat(matmul.calls()).isEqualTo(3);
                assertThat(matmul.selfMillis()).isBetween(0.0, matmul.totalMillis());
              });
      assertThat(OperatorRecording.of(() -> matrix.exp()))
          .extracting(OperatorTime::name)
          .contains("aten::exp")
          .doesNotContain("aten::matmul");
    }
  }
}
