package io.latentsync.nn;

import static io.latentsync.nn.TensorFiles.littleEndian;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.TensorFiles.Pickle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
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

  private static Pickle matrix(
      String type, long elements, long offset, long[] shape, long... strides) {
    return new Pickle()
        .emptyDict()
        .mark()
        .text("w")
        .tensor(type, "0", elements, offset, shape, strides)
        .setItems();
  }

  private static long[] sizes(long... sizes) {
    return sizes;
  }

  private Path torchFloats(Pickle pickle) throws IOException {
    return TensorFiles.torch(file, pickle, littleEndian(0f, 1f, 2f, 3f, 4f, 5f));
  }

  private void assertRefused(Path path, String... parts) {
    assertThatThrownBy(
            () -> {
              try (Checkpoint checkpoint = Checkpoint.open(path)) {
                for (String name : checkpoint.tensors().keySet()) {
                  checkpoint.data(name);
                }
              }
            })
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": ")
        .satisfies(e -> Stream.of(parts).forEach(part -> assertThat(e).hasMessageContaining(part)));
  }

  // What can be read.

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
    Pickle pickle = matrix("FloatStorage", 6, offset, numbers(shape), numbers(strides));
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
    TensorFiles.torch(file, matrix(storage, 2, 0, sizes(2), 1), data);
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
        Checkpoint.open(torchFloats(matrix("FloatStorage", 6, 0, sizes(6), 1)))) {
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
  void safetensorsHeaderOfAnyLengthIsToldFromOtherFormats() throws IOException {
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
    Checkpoint checkpoint = Checkpoint.open(torchFloats(matrix("FloatStorage", 6, 0, sizes(6), 1)));
    assertThatThrownBy(() -> checkpoint.read(manager, "v"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(file + ": has no tensor v");
    checkpoint.section("x").close();
    checkpoint.close();
    assertThatThrownBy(() -> checkpoint.read(manager, "w"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor w cannot be read");
  }

  // What is refused.

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "builtins, set",
    "builtins, complex",
    "builtins, ValueError",
    "__builtin__, bytearray",
    "array, array",
    "datetime, datetime",
    "decimal, Decimal",
    "copy_reg, _reconstructor",
    "operator, attrgetter",
    "_codecs, encode",
    "numpy.core.multiarray, scalar",
    "torch._utils, _rebuild_tensor_v3",
    "torch, load",
    "__torch__, Net",
  })
  void globalsBesideTensorsAreRefusedByName(String module, String name) throws IOException {
    Pickle called = new Pickle().global(module, name).mark().text("touch /tmp/x").tuple().reduce();
    assertRefused(torchFloats(called), "refuses the global " + module + "." + name);
    Pickle onlyNamed = new Pickle().global(module, name).raw('0').emptyDict();
    assertRefused(torchFloats(onlyNamed), "refuses the global " + module + "." + name);
    Pickle byStack = new Pickle().text(module).text(name).raw(0x93);
    assertRefused(torchFloats(byStack), "refuses the global " + module + "." + name);
    Pickle instance = new Pickle().mark().raw('i');
    instance.raw((module + "\n" + name + "\n").chars().toArray());
    assertRefused(torchFloats(instance), "refuses the global " + module + "." + name);
  }

  @Test
  void refusedNamesCannotBreakTheLine() throws IOException {
    Pickle pickle = new Pickle().text("o\ns\u001b[2J").text("x".repeat(100_000)).raw(0x93);
    assertThatThrownBy(() -> Checkpoint.open(torchFloats(pickle)))
        .isInstanceOf(CheckpointException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains("o?s?[2J.xxx").hasSizeLessThan(5000));
  }

  @ParameterizedTest
  @CsvSource({
    "0x6f", "0x81", "0x92", "0x82", "0x8f", "0x97", "0x4c", "0x49", "0x32", "0xff", "0x00"
  })
  void instructionsThatTorchDoesNotWriteAreRefused(String opcode) throws IOException {
    assertRefused(
        torchFloats(new Pickle().raw(Integer.decode(opcode))), "pickle instruction " + opcode);
  }

  @Test
  void tensorsBeyondTheirStorageAreRefused() throws IOException {
    long huge = 1L << 62;
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(7), 1)), "tensor w", "beyond");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 1, sizes(6), 1)), "tensor w", "beyond");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(2, 2), 5, 1)), "beyond");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(1000), 0)), "beyond");
    assertRefused(torchFloats(matrix("FloatStorage", 6, huge, sizes(1), 1)), "impossibly large");
    assertRefused(
        torchFloats(matrix("FloatStorage", 6, 0, sizes(huge, huge), huge, 1)), "impossibly large");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(2), huge)), "tensor w");
    assertRefused(torchFloats(matrix("FloatStorage", 6, -1, sizes(2), 1)), "from 0 on");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(-2), 1)), "from 0 on");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(2), -1)), "from 0 on");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, sizes(2), 1, 1)), "strides");
    assertRefused(torchFloats(matrix("FloatStorage", 6, 0, new long[40], new long[40])), "40");
  }

  @Test
  void storagesOfTheWrongLengthAreRefused() throws IOException {
    assertRefused(torchFloats(matrix("FloatStorage", 5, 0, sizes(5), 1)), "tensor w", "24 bytes");
    assertRefused(torchFloats(matrix("DoubleStorage", 6, 0, sizes(6), 1)), "tensor w", "24 bytes");
    assertRefused(torchFloats(matrix("FloatStorage", 1L << 62, 0, sizes(6), 1)), "tensor w");
    Map<String, byte[]> noData =
        Map.of("data.pkl", matrix("FloatStorage", 6, 0, sizes(6), 1).bytes());
    assertRefused(TensorFiles.torch(file, noData), "tensor w", "data/0", "missing");
  }

  @Test
  void compressedTensorsAreRefusedAndCompressedPicklesLimited() throws IOException {
    byte[] pickle = matrix("FloatStorage", 6, 0, sizes(6), 1).bytes();
    TensorFiles.zip(file, ZipEntry.DEFLATED, Map.of("data.pkl", pickle, "data/0", new byte[24]));
    assertRefused(file, "tensor w", "compressed");
    TensorFiles.zip(file, ZipEntry.DEFLATED, Map.of("data.pkl", new byte[100_000_000]));
    assertRefused(file, "archive/data.pkl", "longer than");
  }

  @Test
  void bigEndianFilesAreRefused() throws IOException {
    byte[] pickle = matrix("FloatStorage", 6, 0, sizes(6), 1).bytes();
    byte[] order = "big".getBytes(StandardCharsets.US_ASCII);
    TensorFiles.torch(file, Map.of("data.pkl", pickle, "byteorder", order, "data/0", new byte[24]));
    assertRefused(file, "byte order \"big\"");
  }

  @Test
  void picklesThatExplodeAreRefused() throws IOException {
    // Each dictionary holds the one before it twice: 2^30 leaves in a few hundred bytes.
    Pickle doubling = new Pickle().emptyDict().raw('q', 0);
    for (int i = 1; i < 30; i++) {
      doubling.emptyDict().mark().text("a").raw('h', i - 1).text("b").raw('h', i - 1).setItems();
      doubling.raw('q', i);
    }
    assertRefused(torchFloats(doubling), "dictionaries");

    Pickle cyclic = new Pickle().emptyDict().raw('q', 0).mark().text("a").raw('h', 0).setItems();
    assertRefused(torchFloats(cyclic), "dictionaries");

    Pickle deep = new Pickle();
    for (int i = 0; i < 10_000; i++) {
      deep.emptyDict().text("a");
    }
    deep.number(1);
    for (int i = 0; i < 10_000; i++) {
      deep.raw('s');
    }
    assertRefused(torchFloats(deep), "nested");

    Pickle many = new Pickle();
    for (int i = 0; i < 1_000_001; i++) {
      many.emptyDict();
    }
    assertRefused(torchFloats(many), "more than 1000000 instructions");

    Pickle containerAsKey = new Pickle().emptyDict().raw('q', 0).raw('h', 0).number(1).raw('s');
    assertRefused(torchFloats(containerAsKey), "key");

    Pickle longNames = new Pickle().emptyDict().mark().text("x".repeat(2000)).number(1).setItems();
    assertRefused(torchFloats(longNames), "names longer than");
  }

  @Test
  void textsLongerThanThePickleAreRefused() throws IOException {
    assertRefused(torchFloats(new Pickle().raw('X', 0xff, 0xff, 0xff, 0x7f)), "truncated");
    assertRefused(torchFloats(new Pickle().raw('X', 0xff, 0xff, 0xff, 0xff)), "truncated");
    assertRefused(torchFloats(new Pickle().raw('B', 0xff, 0xff, 0xff, 0x7f)), "truncated");
    assertRefused(
        torchFloats(new Pickle().raw(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)),
        "truncated");
  }

  @Test
  void tensorsOfTheSameNameAreRefused() throws IOException {
    Pickle pickle = new Pickle().emptyDict().mark();
    pickle.text("a.b").tensor("FloatStorage", "0", 6, 0, sizes(1), sizes(1));
    pickle.text("a").emptyDict().mark();
    pickle.text("b").tensor("FloatStorage", "0", 6, 1, sizes(1), sizes(1));
    pickle.setItems().setItems();
    assertRefused(torchFloats(pickle), "two tensors of the name a.b");
  }

  @Test
  void picklesWithoutADictionaryAreRefused() throws IOException {
    assertRefused(torchFloats(new Pickle().text("hello")), "dictionary of tensors");
    assertRefused(torchFloats(new Pickle().raw(']')), "dictionary of tensors");
    assertRefused(torchFloats(new Pickle().number(1)), "dictionary of tensors");
    assertRefused(torchFloats(new Pickle().raw('N')), "dictionary of tensors");
    assertRefused(torchFloats(new Pickle()), "damaged data.pkl");
    assertRefused(torchFloats(new Pickle().number(1).raw(')').reduce()), "damaged data.pkl");
  }

  @Test
  void nothingInPlaceOfATensorsPartsIsRefused() throws IOException {
    Pickle noStorage = new Pickle().emptyDict().text("w");
    noStorage.global("torch._utils", "_rebuild_tensor_v2").mark().raw('N').number(0);
    noStorage.sizes(1).sizes(1).tuple().reduce().raw('s');
    assertRefused(torchFloats(noStorage), "damaged data.pkl");
    Pickle noKey = new Pickle().emptyDict().text("w");
    noKey.mark().text("storage").global("torch", "FloatStorage").raw('N').text("cpu").number(6);
    assertRefused(torchFloats(noKey.tuple().raw('Q').raw('s')), "damaged data.pkl");
  }

  @Test
  void zipsThatAreNoCheckpointsAreRefused() throws IOException {
    assertRefused(TensorFiles.torch(file, Map.of("word/document.xml", new byte[3])), "data.pkl");
    assertRefused(TensorFiles.torch(file, Map.of()), "data.pkl");
  }

  @Test
  void otherFilesAreNamedForWhatTheyAre() throws IOException {
    assertRefused(folder.resolve("absent.pt"), "no such file");
    assertRefused(folder, "is a directory");
    assertRefused(Files.write(file, new byte[0]), "is empty");
    assertRefused(Files.write(file, new byte[] {1, 2, 3}), "is neither");
    assertRefused(Files.writeString(file, "<!DOCTYPE html><html>404</html>"), "is a web page");
    assertRefused(Files.writeString(file, "\n <HTML><body>"), "is a web page");
    assertRefused(
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:ab\n"),
        "Git LFS pointer");
    assertRefused(Files.write(file, new Pickle().emptyDict().bytes()), "bare pickle");
    byte[] legacy = {
      (byte) 0x80,
      2,
      (byte) 0x8a,
      10,
      0x6c,
      (byte) 0xfc,
      (byte) 0x9c,
      0x46,
      (byte) 0xf9,
      0x20,
      0x6a,
      (byte) 0xa8,
      0x50,
      0x19,
      '.'
    };
    assertRefused(Files.write(file, legacy), "PyTorch before 1.6");
    assertRefused(Files.write(file, "some other text".getBytes(StandardCharsets.UTF_8)), "neither");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,12]} | needs 8 bytes, but has 12",
        "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]} | needs 8 bytes, but has 4",
        "'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]} | truncated",
        "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]} | 4 bytes after its last tensor",
        "'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]} | gap",
        "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
            + "'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]} | b overlaps",
        "'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]},"
            + "'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]} | Duplicate field 'a'",
        "'a':{'dtype':'F32','shape':[3],'data_offsets':[12,0]} | data_offsets",
        "'a':{'dtype':'F32','shape':[3],'data_offsets':[-12,0]} | data_offsets",
        "'a':{'dtype':'F32','shape':[3],'data_offsets':[0]} | data_offsets",
        "'a':{'dtype':'F32','shape':[3]} | data_offsets",
        "'a':{'dtype':'F32','shape':[3],'data_offsets':[0,99999999999999999999]} | data_offsets",
        "'a':{'dtype':'F32','shape':[-3],'data_offsets':[0,12]} | shape",
        "'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,12]} | shape",
        "'a':{'dtype':'F32','shape':'x','data_offsets':[0,12]} | shape",
        "'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,12]} | impossibly",
        "'a':{'dtype':'F8_E4M3','shape':[12],'data_offsets':[0,12]} | F8_E4M3",
        "'a':{'shape':[12],'data_offsets':[0,12]} | element type",
        "'a':12 | tensor a",
        "'a':{ | not JSON",
        "[[[[ | not JSON",
      })
  void impossibleSafetensorsAreRefused(String entries, String problem) throws IOException {
    String header = "{" + entries.replace('\'', '"') + "}";
    TensorFiles.safetensors(file, header, new byte[12]);
    assertRefused(file, problem.replace('\'', '"').replace("\"a\"", "'a'"));
  }

  @Test
  void absurdSafetensorsHeaderLengthsAreRefused() throws IOException {
    for (long length : new long[] {0, 1, 1 << 25, 1L << 40, Long.MAX_VALUE, -1}) {
      ByteBuffer bytes = ByteBuffer.allocate(20).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(length).put((byte) '{').put((byte) '}');
      assertRefused(Files.write(file, bytes.array()), "header of " + Long.toUnsignedString(length));
    }
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    byte[] torch = Files.readAllBytes(torchFloats(matrix("FloatStorage", 6, 0, sizes(2, 3), 3, 1)));
    String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    byte[] safetensors =
        Files.readAllBytes(TensorFiles.safetensors(file, header, littleEndian(1f, 2f)));
    for (byte[] whole : new byte[][] {torch, safetensors}) {
      for (int length = 0; length < whole.length; length++) {
        assertRefused(Files.write(file, Arrays.copyOf(whole, length)));
      }
    }
  }

  @Test
  void damagedBytesNeverCauseAnythingButACheckpointException() throws IOException {
    byte[] torch = Files.readAllBytes(torchFloats(matrix("FloatStorage", 6, 0, sizes(2, 3), 3, 1)));
    String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    byte[] safetensors =
        Files.readAllBytes(TensorFiles.safetensors(file, header, littleEndian(1f, 2f)));
    Random random = new Random(1);
    int refused = 0;
    for (byte[] whole : new byte[][] {torch, safetensors}) {
      for (int i = 0; i < 600; i++) {
        byte[] damaged = whole.clone();
        for (int j = random.nextInt(3); j >= 0; j--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        try (Checkpoint checkpoint = Checkpoint.open(Files.write(file, damaged))) {
          for (String name : checkpoint.tensors().keySet()) {
            assertThat(checkpoint.data(name).remaining())
                .isEqualTo((int) checkpoint.tensors().get(name).bytes());
          }
        } catch (CheckpointException e) {
          assertThat(e.getMessage()).startsWith(file + ": ");
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(200);
  }
}
