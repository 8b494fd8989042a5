package io.latentsync.nn.checkpoint;

import static io.latentsync.nn.checkpoint.TensorFiles.littleEndian;
import static io.latentsync.nn.checkpoint.TensorFiles.oneTensor;
import static io.latentsync.nn.checkpoint.TensorFiles.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.nn.checkpoint.TensorFiles.Pickle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged, foreign and malicious files. */
class CheckpointRefusalTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("weights.bin");
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
  void globalsOtherThanTensorsAreRefusedByName(String module, String name) throws IOException {
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
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .contains("o\\u000as\\u001b[2J.xxx")
                    .endsWith("a checkpoint may hold tensors, dictionaries and plain values only")
                    .hasSizeLessThan(1200));
  }

  @Test
  void longElementTypesAreQuotedInPart() throws IOException {
    String header =
        "{\"w\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,4]}}"
            .formatted("x".repeat(20_000));
    Path file = TensorFiles.safetensors(folder.resolve("long.safetensors"), header, new byte[4]);
    assertThatThrownBy(() -> Checkpoint.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": tensor w has the unsupported element type \"xxx")
        .satisfies(e -> assertThat(e.getMessage()).contains("x…x").hasSizeLessThan(1200));
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
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(7), 1)), "tensor w", "beyond");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 1, sizes(6), 1)), "tensor w", "beyond");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2, 2), 5, 1)), "beyond");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(1000), 0)), "beyond");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, huge, sizes(1), 1)), "impossibly large");
    assertRefused(
        torchFloats(oneTensor("FloatStorage", 6, 0, sizes(huge, huge), huge, 1)),
        "impossibly large");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2), huge)), "tensor w");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, -1, sizes(2), 1)), "from 0 on");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(-2), 1)), "from 0 on");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2), -1)), "from 0 on");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2), 1, 1)), "strides");
    assertRefused(torchFloats(oneTensor("FloatStorage", 6, 0, new long[40], new long[40])), "40");
  }

  @Test
  void storagesOfTheWrongLengthAreRefused() throws IOException {
    assertRefused(
        torchFloats(oneTensor("FloatStorage", 5, 0, sizes(5), 1)), "tensor w", "24 bytes");
    assertRefused(
        torchFloats(oneTensor("DoubleStorage", 6, 0, sizes(6), 1)), "tensor w", "24 bytes");
    assertRefused(torchFloats(oneTensor("FloatStorage", 1L << 62, 0, sizes(6), 1)), "tensor w");
    Map<String, byte[]> noData =
        Map.of("data.pkl", oneTensor("FloatStorage", 6, 0, sizes(6), 1).bytes());
    assertRefused(TensorFiles.torch(file, noData), "tensor w", "data/0", "missing");
  }

  @Test
  void compressedTensorsAreRefusedAndCompressedPicklesLimited() throws IOException {
    byte[] pickle = oneTensor("FloatStorage", 6, 0, sizes(6), 1).bytes();
    TensorFiles.zip(file, ZipEntry.DEFLATED, Map.of("data.pkl", pickle, "data/0", new byte[24]));
    assertRefused(file, "tensor w", "compressed");
    TensorFiles.zip(file, ZipEntry.DEFLATED, Map.of("data.pkl", new byte[100_000_000]));
    assertRefused(file, "archive/data.pkl", "longer than");
  }

  @Test
  void bigEndianFilesAreRefused() throws IOException {
    byte[] pickle = oneTensor("FloatStorage", 6, 0, sizes(6), 1).bytes();
    byte[] order = "big".getBytes(StandardCharsets.US_ASCII);
    TensorFiles.torch(file, Map.of("data.pkl", pickle, "byteorder", order, "data/0", new byte[24]));
    assertRefused(file, "byte order \"big\"");
  }

  @Test
  void picklesThatExpandExponentiallyAreRefused() throws IOException {
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
    assertRefused(torchFloats(new Pickle()), "damaged pickle");
    assertRefused(torchFloats(new Pickle().number(1).raw(')').reduce()), "damaged pickle");
  }

  @Test
  void noneInsteadOfATensorsPartsIsRefused() throws IOException {
    Pickle noStorage = new Pickle().emptyDict().text("w");
    noStorage.global("torch._utils", "_rebuild_tensor_v2").mark().raw('N').number(0);
    noStorage.sizes(1).sizes(1).tuple().reduce().raw('s');
    assertRefused(torchFloats(noStorage), "damaged pickle");
    Pickle noKey = new Pickle().emptyDict().text("w");
    noKey.mark().text("storage").global("torch", "FloatStorage").raw('N').text("cpu").number(6);
    assertRefused(torchFloats(noKey.tuple().raw('Q').raw('s')), "damaged pickle");
  }

  @Test
  void zipsThatAreNoCheckpointsAreRefused() throws IOException {
    assertRefused(TensorFiles.torch(file, Map.of("word/document.xml", new byte[3])), "data.pkl");
    assertRefused(TensorFiles.torch(file, Map.of()), "data.pkl");
  }

  @Test
  void filesOfOtherKindsAreNamed() throws IOException {
    assertRefused(folder.resolve("absent.pt"), "no such file");
    assertRefused(folder, "is a folder, but must be a file");
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
    assertRefused(Files.write(file, legacy), "damaged pickle");
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
      ByteBuffer bytes = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putLong(length).put((byte) '{').put((byte) '}');
      assertRefused(Files.write(file, bytes.array()), "header of " + Long.toUnsignedString(length));
    }
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    byte[] torch =
        Files.readAllBytes(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2, 3), 3, 1)));
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
  void damagedBytesOnlyCauseCheckpointExceptions() throws IOException {
    byte[] torch =
        Files.readAllBytes(torchFloats(oneTensor("FloatStorage", 6, 0, sizes(2, 3), 3, 1)));
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
