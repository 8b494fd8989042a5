package io.latentsync.nn.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFitTest {
  @TempDir private Path folder;
  private Path file;
  private final SortedMap<String, long[]> expected = new TreeMap<>();

  @BeforeEach
  void write() throws IOException {
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[2,3],\"data_offsets\":[0,6]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[6,8]},"
            + "\"b.num\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]}}";
    file = TensorFiles.safetensors(folder.resolve("fit.safetensors"), header, new byte[9]);
    expected.put("a", new long[] {2, 3});
    expected.put("b", new long[] {2});
  }

  private void require() throws CheckpointException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      CheckpointFit.require(checkpoint, expected, name -> name.endsWith(".num"));
    }
  }

  @Test
  void equalNamesAndShapesPass() {
    assertThatCode(this::require).doesNotThrowAnyException();
  }

  @Test
  void everyKindOfMisfitIsListed() {
    expected.remove("b");
    expected.put("a", new long[] {3, 2});
    expected.put("c", new long[] {4});
    assertThatThrownBy(this::require)
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": does not fit the network's configuration: 1 missing: c [4];"
                + " 1 superfluous: b; 1 of another shape: a [2, 3] instead of [3, 2]");
  }

  @Test
  void longListsAreCut() {
    for (int i = 10; i < 110; i++) {
      expected.put("m" + i, new long[] {i});
    }
    assertThatThrownBy(this::require)
        .isInstanceOf(CheckpointException.class)
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .contains("100 missing: m10 [10], m100 [100], m101")
                    .endsWith("m101 [101] and 97 more"));
  }
}
