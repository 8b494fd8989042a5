package io.latentsync.nn.checkpoint;

import static io.latentsync.nn.checkpoint.TensorFiles.littleEndian;
import static io.latentsync.nn.checkpoint.TensorFiles.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.nn.checkpoint.TensorFiles.Pickle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in the format of torch.save before PyTorch 1.6. */
final class LegacyTorchTest {
  private static final int[] MAGIC = {
    0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19
  };

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("old.model");
  }

  /** A file with the storages "7" (six floats from 0) and "12" (the numbers 8 and 9). */
  private Path write(Pickle object, boolean littleEndian, String... keys) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new Pickle().raw(MAGIC).bytes());
    out.writeBytes(new Pickle().raw('M', 0xe9, 3).bytes());
    Pickle machine = new Pickle().emptyDict().mark().text("protocol_version").raw('M', 0xe9, 3);
    machine.text("little_endian").raw(littleEndian ? 0x88 : 0x89);
    machine.text("type_sizes").emptyDict().text("int").number(4).raw('s').setItems();
    out.writeBytes(machine.bytes());
    out.writeBytes(object.bytes());
    Pickle list = new Pickle().raw(']').mark();
    for (String key : keys) {
      list.text(key);
    }
    out.writeBytes(list.raw('e').bytes());
    for (String key : keys) {
      boolean floats = key.equals("7");
      out.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(floats ? 6 : 2).array());
      out.writeBytes(
          floats
              ? littleEndian(0f, 1f, 2f, 3f, 4f, 5f)
              : ByteBuffer.allocate(16)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putLong(8)
                  .putLong(9)
                  .array());
    }
    return Files.write(file, out.toByteArray());
  }

  private static Pickle tensors() {
    return new Pickle()
        .orderedDict()
        .mark()
        .text("a.weight")
        .legacyTensor("FloatStorage", "7", 6, 0, sizes(2, 3), sizes(3, 1))
        .text("a.bias")
        .legacyTensor("FloatStorage", "7", 6, 4, sizes(2), sizes(1))
        .text("a.count")
        .legacyTensor("LongStorage", "12", 2, 1, sizes(), sizes())
        .setItems();
  }

  private void assertRefused(Path path, String part) {
    assertThatThrownBy(() -> Checkpoint.open(path).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(part);
  }

  private void assertWhole(Path path) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a.weight", "a.bias", "a.count");
      assertThat(checkpoint.tensors().get("a.weight"))
          .isEqualTo(new TensorInfo(TensorInfo.Type.FLOAT32, 2, 3));
      float[] weight = new float[6];
      checkpoint.data("a.weight").asFloatBuffer().get(weight);
      assertThat(weight).containsExactly(0, 1, 2, 3, 4, 5);
      float[] bias = new float[2];
      checkpoint.data("a.bias").asFloatBuffer().get(bias);
      assertThat(bias).containsExactly(4, 5);
      assertThat(checkpoint.data("a.count").getLong()).isEqualTo(9);
    }
  }

  @Test
  void tensorsAreFoundInTheOrderOfTheirStorages() throws IOException {
    assertWhole(write(tensors(), true, "7", "12"));
    assertWhole(write(tensors(), true, "12", "7"));
  }

  @Test
  void theOrderedDictionaryOfPythonTwoIsReadToo() throws IOException {
    Pickle old = new Pickle().global("collections", "OrderedDict").raw(']').mark();
    old.raw(']').mark().text("a.weight");
    old.legacyTensor("FloatStorage", "7", 6, 0, sizes(2, 3), sizes(3, 1)).raw('e');
    old.raw(']').mark().text("a.bias");
    old.legacyTensor("FloatStorage", "7", 6, 4, sizes(2), sizes(1)).raw('e');
    old.raw(']').mark().text("a.count");
    old.legacyTensor("LongStorage", "12", 2, 1, sizes(), sizes()).raw('e');
    assertWhole(write(old.raw('e', 0x85).reduce(), true, "7", "12"));
  }

  @Test
  void unreadableFilesAreRefusedWithTheReason() throws IOException {
    assertRefused(write(tensors(), false, "7", "12"), "byte order");
    assertRefused(write(tensors(), true, "7"), "storage 12");
    assertRefused(write(tensors(), true, "7", "12", "13"), "no tensor uses");
    Pickle longer =
        new Pickle()
            .orderedDict()
            .text("w")
            .legacyTensor("FloatStorage", "7", 7, 0, sizes(7), sizes(1))
            .raw('s');
    assertRefused(write(longer, true, "7"), "storage of 7 elements has 6");
    Pickle beyond =
        new Pickle()
            .orderedDict()
            .text("w")
            .legacyTensor("FloatStorage", "7", 6, 1, sizes(6), sizes(1))
            .raw('s');
    assertRefused(write(beyond, true, "7"), "beyond its storage");
    Pickle harmful = new Pickle().global("os", "system").mark().text("true").tuple().reduce();
    assertRefused(write(harmful, true), "refuses the global os.system");
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    byte[] whole = Files.readAllBytes(write(tensors(), true, "7", "12"));
    for (int length = 1; length < whole.length; length++) {
      Path cut = Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Checkpoint.open(cut).close())
          .as("%d bytes", length)
          .isInstanceOf(CheckpointException.class);
    }
  }
}
