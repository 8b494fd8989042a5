package io.latentsync.nn.checkpoint;

import static io.latentsync.nn.checkpoint.TensorFiles.littleEndian;
import static io.latentsync.nn.checkpoint.TensorFiles.sizes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.nn.checkpoint.TensorFiles.Pickle;
import io.latentsync.nn.networks.SyncNetConfig;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.testing.fuzz.ByteMutation;
import io.latentsync.testing.fuzz.FuzzCase;
import io.latentsync.testing.fuzz.Fuzzer;
import io.latentsync.testing.fuzz.JsonMutation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of the three formats with mutations of their structure. */
@Tag("fuzz")
final class CheckpointFuzzTest {
  private static final int[] MAGIC = {
    0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19
  };
  private static final byte[] STORAGE = littleEndian(0f, 1f, 2f, 3f, 4f, 5f);
  private static final List<String> GLOBALS =
      List.of(
          "torch._utils\n_rebuild_tensor_v2\n",
          "torch._utils\n_rebuild_tensor\n",
          "torch._utils\n_rebuild_parameter\n",
          "collections\nOrderedDict\n",
          "torch\nFloatStorage\n",
          "torch\nHalfStorage\n",
          "torch\nSize\n",
          "numpy\ndtype\n",
          "numpy.core.multiarray\nscalar\n",
          "os\nsystem\n",
          "argparse\nNamespace\n",
          "builtins\neval\n");
  private static final JsonNode HEADER = header();

  @TempDir Path folder;

  private static JsonNode header() {
    try {
      return new ObjectMapper()
          .readTree(
              "{\"__metadata__\":{\"format\":\"pt\"},\"a.w\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                  + "\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"F16\",\"shape\":[],"
                  + "\"data_offsets\":[24,26]}}");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void checkpointsAreReadOrRefused() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    new Fuzzer("checkpoints", work, Fuzzer.ONE_LINE).run(this::next, CheckpointFuzzTest::read);
  }

  private static boolean read(Path file) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (String name : checkpoint.tensors().keySet()) {
        checkpoint.data(name);
      }
      if (checkpoint.scalars().containsKey("dims.n_mels")) {
        WhisperConfig.of(checkpoint);
      } else if (checkpoint.tensors().containsKey("face_encoder.0.weight")) {
        SyncNetConfig.of(checkpoint);
      }
      return true;
    }
  }

  private FuzzCase next(RandomGenerator random) throws IOException {
    Path file = folder.resolve("made");
    String kind =
        switch (random.nextInt(8)) {
          case 0 -> {
            zip(file, instructions(random, dictionary(false)), STORAGE);
            yield "zip: pickle instructions";
          }
          case 1 -> {
            zip(file, ByteMutation.any(random, dictionary(false)), STORAGE);
            yield "zip: pickle bytes";
          }
          case 2 -> {
            zip(file, dictionary(false), STORAGE);
            Files.write(file, directory(random, Files.readAllBytes(file)));
            yield "zip: headers and directory";
          }
          case 3, 4 -> {
            Files.write(file, legacy(random));
            yield "legacy: pickle instructions and lengths";
          }
          case 5 -> {
            Files.write(file, ByteMutation.any(random, legacy(new byte[0][])));
            yield "legacy: bytes";
          }
          case 6 -> {
            TensorFiles.safetensors(file, JsonMutation.any(random, HEADER), new byte[26]);
            yield "safetensors: header";
          }
          default -> {
            TensorFiles.safetensors(file, HEADER.toString(), new byte[26]);
            byte[] bytes = Files.readAllBytes(file);
            if (random.nextBoolean()) {
              ByteMutation.number(random, bytes, 0, 8);
            }
            Files.write(file, ByteMutation.any(random, bytes));
            yield "safetensors: bytes";
          }
        };
    return new FuzzCase(kind, "weights.pt", Files.readAllBytes(file));
  }

  private static byte[] dictionary(boolean old) {
    Pickle pickle = new Pickle().emptyDict().put(0).mark().text("a.w");
    if (old) {
      pickle.legacyTensor("FloatStorage", "0", 6, 0, sizes(2, 3), sizes(3, 1));
    } else {
      pickle.tensor("FloatStorage", "0", 6, 0, sizes(2, 3), sizes(3, 1));
    }
    pickle.text("dims").emptyDict().mark().text("n_mels").number(80);
    pickle.text("n_audio_ctx").number(1500).text("n_audio_state").number(384);
    pickle.text("n_audio_head").number(6).text("n_audio_layer").number(4).setItems();
    pickle.text("list").raw(']').mark().number(1).text("x").raw('N', 'e').put(1);
    return pickle.text("again").get(1).setItems().bytes();
  }

  private static void zip(Path file, byte[] pickle, byte[] storage) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", pickle);
    entries.put("byteorder", "little".getBytes(StandardCharsets.UTF_8));
    entries.put("data/0", storage);
    TensorFiles.zip(file, ZipEntry.STORED, entries);
  }

  /** A field of one of a zip's headers is extreme. */
  private static byte[] directory(RandomGenerator random, byte[] zip) {
    List<Integer> headers = new ArrayList<>();
    for (int i = 0; i + 4 <= zip.length; i++) {
      if (zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] < 9 && zip[i + 3] < 9) {
        headers.add(i);
      }
    }
    byte[] bytes = zip.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = ByteMutation.oneOf(random, headers) + 4 + 2 * random.nextInt(21);
      ByteMutation.number(random, bytes, at, random.nextBoolean() ? 2 : 4);
    }
    return random.nextInt(4) == 0 ? ByteMutation.any(random, bytes) : bytes;
  }

  /** A file of the old format with replaced parts. */
  private static byte[] legacy(byte[]... replaced) {
    byte[][] parts = {
      new Pickle().raw(MAGIC).bytes(),
      new Pickle().number(1001).bytes(),
      new Pickle().emptyDict().mark().text("little_endian").raw(0x88).setItems().bytes(),
      dictionary(true),
      new Pickle().raw(']').mark().text("0").raw('e').bytes(),
      ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(6).array(),
      STORAGE
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < parts.length; i++) {
      out.writeBytes(i < replaced.length && replaced[i] != null ? replaced[i] : parts[i]);
    }
    return out.toByteArray();
  }

  private static byte[] legacy(RandomGenerator random) {
    byte[][] replaced = new byte[7][];
    int part = random.nextInt(1, 7);
    replaced[part] =
        switch (part) {
          case 1 -> instructions(random, new Pickle().number(1001).bytes());
          case 2 -> instructions(random, new Pickle().emptyDict().bytes());
          case 3 -> instructions(random, dictionary(true));
          case 4 -> instructions(random, new Pickle().raw(']').mark().text("0").raw('e').bytes());
          case 5 ->
              ByteBuffer.allocate(8)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putLong(ByteMutation.extreme(random))
                  .array();
          default -> Arrays.copyOf(STORAGE, random.nextInt(STORAGE.length));
        };
    return legacy(replaced);
  }

  /** A pickle with one to six instructions removed, doubled, moved, inserted, or made extreme. */
  private static byte[] instructions(RandomGenerator random, byte[] pickle) {
    List<byte[]> all = split(pickle);
    for (int i = random.nextInt(1, 7); i > 0 && !all.isEmpty(); i--) {
      int at = random.nextInt(all.size());
      switch (random.nextInt(7)) {
        case 0 -> all.remove(at);
        case 1 -> {
          byte[] again = all.get(at);
          for (int n = random.nextInt(4) == 0 ? random.nextInt(3000) : 1; n > 0; n--) {
            all.add(at, again);
          }
        }
        case 2 -> all.add(at, all.get(random.nextInt(all.size())));
        case 3, 4 -> all.add(at, instruction(random));
        default -> all.set(at, extreme(random, all.get(at)));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    all.forEach(out::writeBytes);
    return out.toByteArray();
  }

  private static byte[] instruction(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> new byte[] {'h', (byte) random.nextInt(3)};
      case 1 -> new byte[] {'q', (byte) random.nextInt(3)};
      case 2 -> ("c" + ByteMutation.oneOf(random, GLOBALS)).getBytes(StandardCharsets.UTF_8);
      case 3 -> new byte[] {(byte) random.nextInt(256)};
      default -> {
        String plain = "(.012NNQRabdet})]slouu\u0081\u0085\u0086\u0087\u0088\u0089\u008f\u0094";
        yield new byte[] {(byte) plain.charAt(random.nextInt(plain.length()))};
      }
    };
  }

  /** The same instruction with another argument. */
  private static byte[] extreme(RandomGenerator random, byte[] instruction) {
    byte[] bytes = instruction.clone();
    switch (bytes[0] & 0xff) {
      case 'J' -> ByteMutation.number(random, bytes, 1, 4);
      case 0x8a -> ByteMutation.number(random, bytes, random.nextInt(1, 3), bytes.length - 2);
      case 'c' -> {
        return instruction(random);
      }
      case 'X' -> {
        if (random.nextBoolean()) {
          ByteMutation.number(random, bytes, 1, 4);
        } else {
          byte[] text = JsonMutation.text(random).getBytes(StandardCharsets.UTF_8);
          return ByteBuffer.allocate(5 + text.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put((byte) 'X')
              .putInt(text.length)
              .put(text)
              .array();
        }
      }
      default -> bytes[bytes.length - 1] = (byte) ByteMutation.extreme(random);
    }
    return bytes;
  }

  /** The instructions of a pickle that {@link Pickle} wrote. */
  private static List<byte[]> split(byte[] pickle) {
    List<byte[]> all = new ArrayList<>();
    int at = 0;
    while (at < pickle.length) {
      int end =
          at
              + switch (pickle[at] & 0xff) {
                case 0x80, 'q', 'h' -> 2;
                case 'J' -> 5;
                case 'X' ->
                    5 + ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 1);
                case 0x8a -> 2 + (pickle[at + 1] & 0xff);
                case 'c' -> {
                  int lines = at;
                  for (int n = 0; n < 2; lines++) {
                    n += pickle[lines] == '\n' ? 1 : 0;
                  }
                  yield lines - at;
                }
                default -> 1;
              };
      all.add(Arrays.copyOfRange(pickle, at, end));
      at = end;
    }
    return all;
  }
}
