package io.latentsync.nn.checkpoint;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FiniteWeightsTest {
  /** For each type, not a multiple of the eight bytes that are checked together. */
  private static final int LENGTH = 20_003;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("weights.safetensors");
  }

  /** A tensor of the largest finite values of its type, and one other. */
  private void write(TensorInfo.Type type, int index, String value) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(LENGTH * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < LENGTH; i++) {
      put(data, type, i, i % 2 == 0 ? "largest" : "-largest");
    }
    put(data, type, index, value);
    TreeMap<String, Content> tensors = new TreeMap<>();
    tensors.put("a.weight", new Content(new TensorInfo(type, LENGTH), data.array()));
    CheckpointWriter.safetensors(file, tensors);
  }

  private static void put(ByteBuffer data, TensorInfo.Type type, int index, String value) {
    int at = index * type.bytes();
    boolean negative = value.startsWith("-");
    String magnitude = negative ? value.substring(1) : value;
    switch (type) {
      case FLOAT64 ->
          data.putDouble(
              at, magnitude.equals("largest") ? Float.MAX_VALUE : Double.parseDouble(value));
      case FLOAT32 ->
          data.putFloat(at, magnitude.equals("largest") ? 65_504 : Float.parseFloat(value));
      case FLOAT16, BFLOAT16 -> {
        int infinite = type == TensorInfo.Type.FLOAT16 ? 0x7c00 : 0x7f80;
        int bits =
            switch (magnitude) {
              case "largest" -> infinite - 1;
              case "Infinity" -> infinite;
              case "NaN" -> infinite + 1;
              default -> Float.floatToRawIntBits(Float.parseFloat(magnitude)) >>> 16;
            };
        data.putShort(at, (short) (bits | (negative ? 0x8000 : 0)));
      }
      default -> throw new IllegalArgumentException(type.name());
    }
  }

  private void require(DataType type) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      FiniteWeights.require(checkpoint, List.of("a.weight"), type);
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"})
  void theLargestFiniteValuesPass(TensorInfo.Type type) throws IOException {
    write(type, 0, "0");
    assertThatCode(() -> require(DataType.FLOAT32)).doesNotThrowAnyException();
    if (type != TensorInfo.Type.FLOAT64) {
      assertThatCode(() -> require(DataType.BFLOAT16)).doesNotThrowAnyException();
    }
    if (type == TensorInfo.Type.FLOAT32 || type == TensorInfo.Type.FLOAT16) {
      assertThatCode(() -> require(DataType.FLOAT16)).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"})
  void oneValueThatIsNotFiniteIsFoundAtAnyPosition(TensorInfo.Type type) throws IOException {
    for (int index : new int[] {0, 1, 2, 3, 8192, LENGTH - 3, LENGTH - 2, LENGTH - 1}) {
      write(type, index, "NaN");
      assertThatThrownBy(() -> require(DataType.FLOAT32))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              file
                  + ": tensor a.weight has a value that is not a number (NaN); the checkpoint"
                  + " cannot be used");
      for (String infinite : new String[] {"Infinity", "-Infinity"}) {
        write(type, index, infinite);
        assertThatThrownBy(() -> require(DataType.FLOAT32))
            .isInstanceOf(CheckpointException.class)
            .hasMessage(
                file + ": tensor a.weight has an infinite value; the checkpoint cannot be used");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, -65505, FLOAT16, -65505.0, 65504.0",
    "FLOAT32, 3.4e38, BFLOAT16, 3.4E38, 3.3895314E38",
    "BFLOAT16, 65536, FLOAT16, 3.3895314E38, 65504.0",
    "FLOAT64, 1e300, FLOAT32, Infinity, 3.4028235E38"
  })
  void valuesBeyondTheTypeOfTheArithmeticAreRefused(
      TensorInfo.Type stored, String value, DataType type, String found, String most)
      throws IOException {
    write(stored, 17, value);
    String problem =
        "%s: tensor a.weight has the value %s, but %s holds at most %s; use --dtype fp32";
    assertThatThrownBy(() -> require(type))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(problem.formatted(file, found, type.name(), most));
  }

  @Test
  void wholeNumbersPass() throws IOException {
    TreeMap<String, Content> tensors = new TreeMap<>();
    byte[] data = new byte[16];
    Arrays.fill(data, (byte) 0x7f);
    tensors.put("a.weight", new Content(new TensorInfo(TensorInfo.Type.INT64, 2), data));
    CheckpointWriter.safetensors(file, tensors);
    assertThatCode(() -> require(DataType.FLOAT16)).doesNotThrowAnyException();
  }
}
