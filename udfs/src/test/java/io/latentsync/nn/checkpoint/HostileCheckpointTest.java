package io.latentsync.nn.checkpoint;

import static io.latentsync.nn.checkpoint.TensorFiles.littleEndian;
import static io.latentsync.nn.checkpoint.TensorFiles.oneTensor;
import static io.latentsync.nn.checkpoint.TensorFiles.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.latentsync.nn.checkpoint.TensorFiles.Pickle;
import io.latentsync.testing.Hostile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Small files that would exhaust memory, take very long, or never end. */
@Timeout(Hostile.SECONDS)
final class HostileCheckpointTest {
  private static final int[] MAGIC = {
    0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19
  };
  private static final int TUPLE_1 = 0x85;
  private static final int TUPLE_2 = 0x86;
  private static final int APPEND = 'a';
  private static final int APPENDS = 'e';
  private static final int EMPTY_LIST = ']';
  private static final int EMPTY_TUPLE = ')';
  private static final int POP = '0';
  private static final int POP_MARK = '1';
  private static final int NONE = 'N';
  private static final int BUILD = 'b';
  private static final int SET_ITEM = 's';
  private static final int PERSISTENT = 'Q';

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("weights.pt");
  }

  /**
   * An object that cannot be traversed, printed, hashed or compared; it is on the stack and in memo
   * 0.
   */
  private enum Endless {
    LIST_OF_ITSELF {
      @Override
      Pickle onto(Pickle pickle) {
        return pickle.raw(EMPTY_LIST).put(0).get(0).raw(APPEND);
      }
    },
    LISTS_OF_EACH_OTHER {
      @Override
      Pickle onto(Pickle pickle) {
        pickle.raw(EMPTY_LIST).put(0).raw(EMPTY_LIST).put(1);
        return pickle.get(0).raw(APPEND).raw(APPEND);
      }
    },
    TUPLE_OF_A_LIST_OF_ITSELF {
      @Override
      Pickle onto(Pickle pickle) {
        pickle.raw(EMPTY_LIST).put(1).put(2).raw(TUPLE_1).put(0);
        return pickle.raw(POP).get(1).get(0).raw(APPEND).raw(POP).get(0);
      }
    },
    DICTIONARY_OF_ITSELF {
      @Override
      Pickle onto(Pickle pickle) {
        return pickle.emptyDict().put(0).text("k").get(0).raw(SET_ITEM);
      }
    },
    NESTED_TUPLES {
      @Override
      Pickle onto(Pickle pickle) {
        pickle.raw(EMPTY_TUPLE);
        for (int i = 0; i < 200_000; i++) {
          pickle.raw(TUPLE_1);
        }
        return pickle.put(0);
      }
    },
    NESTED_LISTS {
      @Override
      Pickle onto(Pickle pickle) {
        for (int i = 0; i < 200_000; i++) {
          pickle.raw(EMPTY_LIST);
        }
        for (int i = 1; i < 200_000; i++) {
          pickle.raw(APPEND);
        }
        return pickle.put(0);
      }
    },
    DOUBLING_LISTS {
      @Override
      Pickle onto(Pickle pickle) {
        return doubling(pickle, EMPTY_LIST);
      }
    },
    DOUBLING_TUPLES {
      @Override
      Pickle onto(Pickle pickle) {
        return doubling(pickle, EMPTY_TUPLE);
      }
    };

    abstract Pickle onto(Pickle pickle);

    private static Pickle doubling(Pickle pickle, int seed) {
      pickle.raw(seed).put(0);
      for (int i = 0; i < 100; i++) {
        pickle.raw(POP);
        if (seed == EMPTY_LIST) {
          pickle.raw(EMPTY_LIST).mark();
          for (int j = 0; j < 10; j++) {
            pickle.get(0);
          }
          pickle.raw(APPENDS);
        } else {
          pickle.get(0).get(0).raw(TUPLE_2);
        }
        pickle.put(0);
      }
      return pickle;
    }
  }

  /** The position of such an object in the file. */
  private enum Place {
    OBJECT("does not hold a dictionary of tensors") {
      @Override
      void with(Pickle pickle, Endless endless) {
        endless.onto(pickle);
      }
    },
    VALUE("") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.emptyDict().text("a");
        endless.onto(pickle).raw(SET_ITEM);
      }
    },
    VALUES("") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.emptyDict().mark().text("a");
        endless.onto(pickle).text("b").get(0).setItems();
      }
    },
    KEY("its pickle has a dictionary key that is not text or a number") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.emptyDict();
        endless.onto(pickle).number(1).raw(SET_ITEM);
      }
    },
    KEYS("its pickle has a dictionary key that is not text or a number") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.emptyDict().mark();
        endless.onto(pickle).number(1).setItems();
      }
    },
    KEY_OF_A_PAIR("its pickle has a dictionary key that is not text or a number") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.global("collections", "OrderedDict");
        pickle.raw(EMPTY_LIST).raw(EMPTY_LIST).mark();
        endless.onto(pickle).number(1).raw(APPENDS, APPEND, TUPLE_1).reduce();
      }
    },
    PAIRS("") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.global("collections", "OrderedDict");
        endless.onto(pickle).raw(TUPLE_1).reduce();
      }
    },
    STATE("") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.emptyDict();
        endless.onto(pickle).raw(BUILD);
      }
    },
    OBJECT_OF_A_STATE("its pickle sets the state of something that is no dictionary") {
      @Override
      void with(Pickle pickle, Endless endless) {
        endless.onto(pickle).number(1).raw(BUILD);
      }
    },
    ARGUMENTS("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.global("torch._utils", "_rebuild_tensor_v2");
        endless.onto(pickle).reduce();
      }
    },
    STORAGE("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
        endless.onto(pickle).number(0).sizes(1).sizes(1).raw(NONE, NONE).tuple().reduce();
      }
    },
    SHAPE("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
        pickle.mark().text("storage").global("torch", "FloatStorage").text("0").text("cpu");
        pickle.number(6).tuple().raw(PERSISTENT).number(0);
        endless.onto(pickle).sizes(1).raw(NONE, NONE).tuple().reduce();
      }
    },
    PERSISTENT_ID("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        endless.onto(pickle).raw(PERSISTENT);
      }
    },
    KEY_OF_A_STORAGE("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.mark().text("storage").global("torch", "FloatStorage");
        endless.onto(pickle).text("cpu").number(6).tuple().raw(PERSISTENT);
      }
    },
    NAME_OF_A_GLOBAL("pickle") {
      @Override
      void with(Pickle pickle, Endless endless) {
        pickle.text("os");
        endless.onto(pickle).raw(0x93);
      }
    };

    /**
     * The problem in the message; empty if it depends on the object whether the file is refused.
     */
    private final String problem;

    Place(String problem) {
      this.problem = problem;
    }

    abstract void with(Pickle pickle, Endless endless);
  }

  static Stream<Arguments> endlessInAllPlaces() {
    return Stream.of(Place.values())
        .flatMap(place -> Stream.of(Endless.values()).map(endless -> Arguments.of(place, endless)));
  }

  /** Opens a file, which must be refused in one short line or have no tensors. */
  private static String refusal(Path opened) throws Exception {
    String[] message = {""};
    long allocated =
        Hostile.allocated(
            () -> {
              try (Checkpoint checkpoint = Checkpoint.open(opened)) {
                assertThat(checkpoint.tensors()).isEmpty();
              } catch (CheckpointException e) {
                message[0] = e.getMessage();
              }
            });
    assertThat(allocated).isLessThan(Hostile.BYTES);
    if (!message[0].isEmpty()) {
      assertThat(message[0]).startsWith(opened + ": ").hasSizeLessThan(1000);
      assertThat(message[0].lines()).hasSize(1);
      assertThat(message[0]).doesNotContain("Exception", "Error", "java.");
    }
    return message[0];
  }

  private Path zip(Pickle pickle) throws IOException {
    return TensorFiles.torch(file, pickle, littleEndian(0f, 1f, 2f, 3f, 4f, 5f));
  }

  /** A file of the old format with one of its five pickles replaced. */
  private Path legacy(int replaced, Pickle by) throws IOException {
    Pickle[] pickles = {
      new Pickle().raw(MAGIC),
      new Pickle().number(1001),
      new Pickle().emptyDict(),
      new Pickle().orderedDict(),
      new Pickle().raw(EMPTY_LIST)
    };
    pickles[replaced] = by;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Pickle pickle : pickles) {
      out.writeBytes(pickle.bytes());
    }
    return Files.write(file, out.toByteArray());
  }

  @ParameterizedTest
  @MethodSource("endlessInAllPlaces")
  void endlessObjectsAreRefusedOrIgnored(Place place, Endless endless) throws Exception {
    for (boolean old : new boolean[] {false, true}) {
      Pickle pickle = new Pickle();
      place.with(pickle, endless);
      String message = refusal(old ? legacy(3, pickle) : zip(pickle));
      boolean usable =
          endless == Endless.DICTIONARY_OF_ITSELF
              && (place == Place.OBJECT || place == Place.OBJECT_OF_A_STATE);
      assertThat(message).contains(usable ? "its dictionaries hold more than" : place.problem);
    }
  }

  @ParameterizedTest
  @MethodSource("endlessInAllPlaces")
  void endlessObjectsAreRefusedInAllPicklesOfTheOldFormat(Place place, Endless endless)
      throws Exception {
    for (int replaced : new int[] {1, 2, 4}) {
      Pickle pickle = new Pickle();
      place.with(pickle, endless);
      String message = refusal(legacy(replaced, pickle));
      if (replaced == 1) {
        assertThat(message).isNotEmpty();
      }
    }
  }

  @Test
  void theVersionAndTheListOfStoragesAreCheckedBeforeTheyAreUsed() throws Exception {
    Pickle list = Endless.LIST_OF_ITSELF.onto(new Pickle());
    assertThat(refusal(legacy(1, list)))
        .isEqualTo(
            file
                + ": is in PyTorch's old format with a version that is no number; 1001 can be read");
    assertThat(refusal(legacy(1, new Pickle().number(7))))
        .isEqualTo(file + ": is in version 7 of PyTorch's old format; 1001 can be read");
    assertThat(refusal(legacy(4, Endless.LIST_OF_ITSELF.onto(new Pickle()))))
        .isEqualTo(file + ": has a list of storages with a key that is not text");
    assertThat(refusal(legacy(4, new Pickle().raw(EMPTY_LIST).number(1).raw(APPEND))))
        .isEqualTo(file + ": has a list of storages with a key that is not text");
  }

  @ParameterizedTest
  @CsvSource({
    "lv_cyclic_version.legacy, a version that is no number",
    "lv_laugh_version.legacy, a version that is no number",
    "lv_keys_cyc.legacy, a key that is not text",
    "lv_keys_laugh.legacy, a key that is not text",
    "min_cyclic_version.pt, a version that is no number"
  })
  void hostileFilesAreRefused(String name, String problem) throws Exception {
    assertThat(refusal(Hostile.file(name))).contains(problem);
  }

  /** Each of these instructions once copied the whole list. */
  @Test
  void thousandsOfSmallInstructionsOnALongListAreFast() throws Exception {
    Pickle appends = new Pickle().raw(EMPTY_LIST);
    for (int i = 0; i < 300_000; i++) {
      appends.mark().raw(NONE, APPENDS);
    }
    assertThat(refusal(zip(appends))).contains("does not hold a dictionary of tensors");
    Pickle marks = new Pickle();
    for (int i = 0; i < 300_000; i++) {
      marks.raw(NONE);
    }
    for (int i = 0; i < 300_000; i++) {
      marks.mark().raw(POP_MARK);
    }
    assertThat(refusal(zip(marks))).contains("does not hold a dictionary of tensors");
  }

  @Test
  void aLongListOfPairsIsNotCopiedRepeatedly() throws Exception {
    Pickle pickle = new Pickle().global("collections", "OrderedDict").put(0);
    pickle.raw(EMPTY_LIST).mark();
    for (int i = 0; i < 50_000; i++) {
      pickle.raw(EMPTY_LIST).mark().number(i).raw(NONE, APPENDS);
    }
    pickle.raw(APPENDS, TUPLE_1).put(1);
    for (int i = 0; i < 50_000; i++) {
      pickle.get(0).get(1).reduce();
    }
    assertThat(refusal(zip(pickle))).contains("more than 1000000 instructions");
  }

  @Test
  void keysWithEqualHashesAreStoredQuickly() throws Exception {
    // As numbers they would have the same hash as some strings, and mixed types have no order.
    Pickle pickle = new Pickle().emptyDict().mark();
    for (long i = 0; i < 60_000; i++) {
      pickle.number(i << 32 | i).raw(NONE);
      pickle.number((i << 32 | i) ^ 0x5_0000_0005L << 20).raw(NONE);
    }
    assertThat(refusal(zip(pickle.setItems()))).contains("more than 100000 values");
  }

  @Test
  void longNamesOfStoragesAreRefused() throws Exception {
    String key = "k".repeat(60_000);
    Pickle pickle = new Pickle().emptyDict().text("w");
    pickle.tensor("FloatStorage", key, 6, 0, sizes(6), sizes(1)).raw(SET_ITEM);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", pickle.bytes());
    entries.put("data/" + key, littleEndian(0f, 1f, 2f, 3f, 4f, 5f));
    assertThat(refusal(TensorFiles.torch(file, entries)))
        .isEqualTo(file + ": its pickle has a storage whose key is longer than 100 characters");
  }

  @Test
  void duplicateKeysOfADictionaryAreRefused() throws Exception {
    Pickle pickle = new Pickle().emptyDict().mark();
    pickle.text("1").number(5).number(1).number(6).setItems();
    assertThat(refusal(zip(pickle)))
        .isEqualTo(file + ": its pickle has a dictionary with two values of the key 1");
  }

  /** A zip that consists of its directory; each entry takes some hundred bytes of memory. */
  @Test
  void endlessDirectoriesOfZipsAreRefused() throws Exception {
    int entries = 800_000;
    ByteBuffer zip = ByteBuffer.allocate(30 + 46 * entries + 22).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).position(30);
    for (int i = 0; i < entries; i++) {
      int start = zip.position();
      zip.putInt(0x02014b50).position(start + 46);
    }
    zip.putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
    zip.putShort((short) -2).putShort((short) -2).putInt(46 * entries).putInt(30);
    assertThat(refusal(Files.write(file, zip.array())))
        .isEqualTo(
            file
                + ": is a zip whose directory has more than 2097152 bytes, or its pickle more than 16777216");
  }

  @Test
  void picklesThatGrowWhenTheyAreUnpackedAreRefused() throws Exception {
    TensorFiles.zip(file, ZipEntry.DEFLATED, Map.of("data.pkl", new byte[200_000_000]));
    assertThat(refusal(file)).contains("its entry archive/data.pkl is longer than 16777216 bytes");
  }

  @Test
  void headersOfSafetensorsThatFillTheMemoryAreRefused() throws Exception {
    String tooLarge =
        ": has a safetensors header that is too large: of more than 2000000 values, nested too"
            + " deep, or with numbers or names that are too long";
    for (String part : new String[] {"{}", "[]", "0"}) {
      String many = "{\"a\":[" + (part + ",").repeat(5_000_000) + part + "]}";
      assertThat(refusal(TensorFiles.safetensors(file, many, new byte[0])))
          .isEqualTo(file + tooLarge);
    }
    String deep = "{\"a\":" + "[".repeat(1_000_000) + "]".repeat(1_000_000) + "}";
    assertThat(refusal(TensorFiles.safetensors(file, deep, new byte[0])))
        .isEqualTo(file + tooLarge);
    String dimensions =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(40) + "1],\"data_offsets\":[0,4]}}";
    assertThat(refusal(TensorFiles.safetensors(file, dimensions, new byte[4])))
        .isEqualTo(file + ": tensor a has 41 dimensions");
  }

  @Test
  void onlyRegularFilesAreOpened() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThat(refusal(pipe)).isEqualTo(pipe + ": is a device, pipe or socket, but must be a file");
    Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
    assertThat(refusal(link)).isEqualTo(link + ": is a device, pipe or socket, but must be a file");
    Path device = Path.of("/dev/zero");
    assertThat(refusal(device))
        .isEqualTo(device + ": is a device, pipe or socket, but must be a file");
    assertThat(refusal(folder)).isEqualTo(folder + ": is a folder, but must be a file");
  }

  @Test
  void aFileBehindALinkIsRead() throws IOException {
    zip(oneTensor("FloatStorage", 6, 0, sizes(6), 1));
    try (Checkpoint checkpoint =
        Checkpoint.open(Files.createSymbolicLink(folder.resolve("link"), file))) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("w");
    }
  }

  @Test
  void longIntegersAreRefusedAsSizes() throws Exception {
    // LONG4 is refused by its number before its length is read.
    assertThat(refusal(zip(new Pickle().raw(0x8b, 0xff, 0xff, 0xff, 0x7f))))
        .contains("pickle instruction 0x8b");
    Pickle wide = new Pickle().raw(0x8a, 255);
    for (int i = 0; i < 254; i++) {
      wide.raw(0xff);
    }
    wide.raw(0x7f).put(0);
    Pickle pickle = new Pickle().emptyDict().text("w");
    pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
    pickle.mark().text("storage").global("torch", "FloatStorage").text("0").text("cpu");
    pickle.raw(wide.withoutProtocol()).tuple().raw(PERSISTENT);
    assertThatThrownBy(() -> Checkpoint.open(zip(pickle)).close())
        .hasMessageContaining("a size, offset or stride that is no integer from 0 on");
  }
}
