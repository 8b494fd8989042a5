package io.latentsync.nn.checkpoint;

import static io.latentsync.nn.checkpoint.TensorFiles.littleEndian;
import static io.latentsync.nn.checkpoint.TensorFiles.oneTensor;
import static io.latentsync.nn.checkpoint.TensorFiles.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.TensorFiles.Pickle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
  private static final short HALF_ONE_AND_A_HALF = 0x3e00;
  private static final short BRAIN_MINUS_TWO = (short) 0xc000;

  @TempDir private Path folder;
  private Path file;
  private NDManager manager;

  @BeforeEach
  void open() {
    file = folder.resolve("weights.bin");
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Path torchFloats(Pickle pickle) throws IOException {
    return TensorFiles.torch(file, pickle, littleEndian(0f, 1f, 2f, 3f, 4f, 5f));
  }

  @Test
  void nestedDictionariesAreJoinedWithDots() throws IOException {
    Pickle pickle =
        new Pickle()
            .emptyDict()
            .mark()
            .text("global_step")
            .number(3_000_000_000L)
            .text("rate")
            .raw('G', 0x3f, 0xe0, 0, 0, 0, 0, 0, 0)
            .text("name")
            .text("passed over")
            .text("nothing")
            .raw('N')
            .text("list")
            .raw(']')
            .mark()
            .number(1)
            .number(2)
            .raw('e')
            .text("state_dict")
            .orderedDict()
            .mark()
            .text("conv.weight")
            .tensor("FloatStorage", "0", 6, 0, sizes(2, 3), sizes(3, 1))
            .text("conv.bias")
            .tensor("FloatStorage", "0", 6, 4, sizes(2), sizes(1))
            .setItems()
            // The attributes of the state dictionary.
            .emptyDict()
            .mark()
            .text("_metadata")
            .orderedDict()
            .setItems()
            .raw('b')
            .setItems();
    try (Checkpoint checkpoint = Checkpoint.open(torchFloats(pickle))) {
      assertThat(checkpoint.tensors())
          .containsExactly(
              entry("state_dict.conv.bias", new TensorInfo(TensorInfo.Type.FLOAT32, 2)),
              entry("state_dict.conv.weight", new TensorInfo(TensorInfo.Type.FLOAT32, 2, 3)));
      assertThat(checkpoint.scalars())
          .containsExactly(entry("global_step", 3_000_000_000L), entry("rate", 0.5));
      Checkpoint section = checkpoint.section("state_dict").section("conv");
      assertThat(section.tensors()).containsOnlyKeys("weight", "bias");
      assertThat(section.scalars()).isEmpty();
      assertThat(section.file()).isEqualTo(file);
      assertThat(section.read(manager, "weight").toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(section.read(manager, "bias").toFloatArray()).containsExactly(4, 5);
      assertThat(checkpoint.section("state").tensors()).as("a whole name").isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2 3, 3 1, 0, 0 1 2 3 4 5",
    "3 2, 1 3, 0, 0 3 1 4 2 5",
    "2 2, 3 1, 1, 1 2 4 5",
    "3, 2, 0, 0 2 4",
    "2 1 2, 2 99 1, 0, 0 1 2 3",
    "1 2 2, 7 1 3, 1, 1 4 2 5",
    "2 2, 0 1, 2, 2 3 2 3",
  })
  void viewsOfAStorageAreReadInRowMajorOrder(
      String shape, String strides, long offset, String expected) throws IOException {
    Pickle pickle = oneTensor("FloatStorage", 6, offset, numbers(shape), numbers(strides));
    try (Checkpoint checkpoint = Checkpoint.open(torchFloats(pickle))) {
      NDArray tensor = checkpoint.read(manager, "w");
      assertThat(tensor.getShape()).isEqualTo(new Shape(numbers(shape)));
      float[] values = tensor.toFloatArray();
      assertThat(values).hasSize(numbers(expected).length);
      for (int i = 0; i < values.length; i++) {
        assertThat((double) values[i]).isEqualTo((double) numbers(expected)[i]);
      }
    }
  }

  private static long[] numbers(String text) {
    return Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  @Test
  void scalarAndEmptyTensorsKeepTheirShape() throws IOException {
    Pickle pickle =
        new Pickle()
            .emptyDict()
            .mark()
            .text("empty")
            .tensor("FloatStorage", "0", 6, 0, sizes(0, 4), sizes(4, 1))
            .text("scalar")
            .tensor("FloatStorage", "0", 6, 5, sizes(), sizes())
            .setItems();
    try (Checkpoint checkpoint = Checkpoint.open(torchFloats(pickle))) {
      assertThat(checkpoint.read(manager, "empty").getShape()).isEqualTo(new Shape(0, 4));
      NDArray scalar = checkpoint.read(manager, "scalar");
      assertThat(scalar.getShape()).isEqualTo(new Shape());
      assertThat(scalar.getFloat()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DoubleStorage, FLOAT32",
    "FloatStorage, FLOAT32",
    "HalfStorage, FLOAT16",
    "BFloat16Storage, FLOAT32",
    "LongStorage, INT64",
    "IntStorage, INT32",
    "ShortStorage, INT32",
    "CharStorage, INT8",
    "ByteStorage, UINT8",
    "BoolStorage, BOOLEAN",
  })
  void everyElementTypeIsRead(String storage, DataType type) throws IOException {
    byte[] data =
        switch (storage) {
          case "DoubleStorage" -> littleEndian(1.5, -2.0);
          case "FloatStorage" -> littleEndian(1.5f, -2f);
          case "HalfStorage" -> littleEndian(HALF_ONE_AND_A_HALF, (short) 0xc000);
          case "BFloat16Storage" -> littleEndian((short) 0x3fc0, BRAIN_MINUS_TWO);
          case "LongStorage" -> new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -2, -1, -1, -1, -1, -1, -1, -1};
          case "IntStorage" -> new byte[] {1, 0, 0, 0, -2, -1, -1, -1};
          case "ShortStorage" -> new byte[] {1, 0, -2, -1};
          case "CharStorage" -> new byte[] {1, -2};
          case "ByteStorage" -> new byte[] {1, -2};
          default -> new byte[] {1, 0};
        };
    TensorFiles.torch(file, oneTensor(storage, 2, 0, sizes(2), 1), data);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      NDArray tensor = checkpoint.read(manager, "w");
      assertThat(tensor.getDataType()).isEqualTo(type);
      float second =
          switch (type) {
            case BOOLEAN -> 0;
            case UINT8 -> 254;
            default -> -2;
          };
      assertThat(tensor.toType(DataType.FLOAT32, true).toFloatArray())
          .containsExactly(type.isFloating() ? 1.5f : 1, second);
    }
  }

  @Test
  void tensorOutlivesTheFile() throws IOException {
    NDArray tensor;
    try (Checkpoint checkpoint =
        Checkpoint.open(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(6), 1)))) {
      tensor = checkpoint.read(manager, "w");
    }
    Files.write(file, new byte[1000]);
    tensor.addi(1);
    assertThat(tensor.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void parametersAndNewerPickleProtocolsAreRead() throws IOException {
    Pickle pickle =
        new Pickle().raw(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, '}', 0x94, 0x8c, 1, 'w');
    pickle.raw(0x8c, 12).raw("torch._utils".chars().toArray());
    pickle.raw(0x8c, 18).raw("_rebuild_parameter".chars().toArray()).raw(0x93);
    pickle.mark().tensor("FloatStorage", "0", 6, 0, sizes(6), sizes(1));
    pickle.raw(0x88).orderedDict().tuple().reduce().raw('s').text("n").raw('N', 's');
    try (Checkpoint checkpoint = Checkpoint.open(torchFloats(pickle))) {
      assertThat(checkpoint.data("w").remaining()).isEqualTo(24);
    }
  }

  @Test
  void safetensorsAreReadByName() throws IOException {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[8,12]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   ";
    ByteBuffer data = ByteBuffer.allocate(12);
    data.put(littleEndian(7f, 8f)).put(littleEndian((short) 0x3fc0, BRAIN_MINUS_TWO));
    try (Checkpoint checkpoint =
        Checkpoint.open(TensorFiles.safetensors(file, header, data.array()))) {
      assertThat(checkpoint.tensors())
          .containsExactly(
              entry("a", new TensorInfo(TensorInfo.Type.FLOAT32, 2)),
              entry("b", new TensorInfo(TensorInfo.Type.BFLOAT16, 1, 2)));
      assertThat(checkpoint.scalars()).isEmpty();
      assertThat(checkpoint.read(manager, "a").toFloatArray()).containsExactly(7, 8);
      assertThat(checkpoint.read(manager, "b").toFloatArray()).containsExactly(1.5f, -2);
    }
  }

  @Test
  void safetensorsAreRecognisedWithAnyLengthOfTheHeader() throws IOException {
    // Lengths whose first bytes look like a zip ("PK") or a pickle (0x80 2).
    for (int length : new int[] {0x4b50, 0x0280, 0x3c}) {
      String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}";
      TensorFiles.safetensors(file, header + " ".repeat(length - header.length()), new byte[1]);
      try (Checkpoint checkpoint = Checkpoint.open(file)) {
        assertThat(checkpoint.tensors()).containsOnlyKeys("a");
      }
    }
  }

  @Test
  void tensorsBehindFourGibibytesAreRead() throws IOException {
    long elements = 1_200_000_000L;
    Pickle pickle =
        new Pickle()
            .emptyDict()
            .mark()
            .text("large")
            .tensor("FloatStorage", "0", elements, 0, sizes(elements), sizes(1))
            .text("large_rows")
            .tensor("FloatStorage", "0", elements, elements - 4, sizes(2, 2), sizes(2, 1))
            .text("small")
            .tensor("FloatStorage", "1", 2, 0, sizes(2), sizes(1))
            .setItems();
    SparseZip.write(file, pickle.bytes(), 4 * elements, littleEndian(5f, 6f));
    assertThat(Files.size(file)).isGreaterThan(1L << 32);
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      assertThat(checkpoint.read(manager, "small").toFloatArray()).containsExactly(5, 6);
      assertThat(checkpoint.read(manager, "large_rows").toFloatArray()).containsOnly(0);
      assertThatThrownBy(() -> checkpoint.data("large"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("4800000000 bytes; at most 2 GiB");
    }
  }

  @Test
  void absentTensorAndClosedFileAreErrors() throws IOException {
    Checkpoint checkpoint =
        Checkpoint.open(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(6), 1)));
    assertThatThrownBy(() -> checkpoint.read(manager, "v"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(file + ": has no tensor v");
    checkpoint.section("x").close();
    checkpoint.close();
    assertThatThrownBy(() -> checkpoint.read(manager, "w"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor w cannot be read");
  }
}
