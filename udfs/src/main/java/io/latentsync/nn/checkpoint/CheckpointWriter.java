package io.latentsync.nn.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * Writes tensors to the files that {@link Checkpoint} and PyTorch read. A file appears when it is
 * complete and replaces an existing file.
 */
public final class CheckpointWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CheckpointWriter() {}

  /**
   * A tensor to be written.
   *
   * @param info element type and shape
   * @param data its elements, row-major, little-endian
   */
  public record Content(TensorInfo info, byte[] data) {

    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if it does not fit type and shape
     */
    public Content {
      if (data.length != info.bytes()) {
        throw new IllegalArgumentException(
            "a tensor %s has %d bytes, got %d".formatted(info, info.bytes(), data.length));
      }
    }

    /**
     * An array's values.
     *
     * @param type FLOAT32 or FLOAT16, which the values are cast to, or the array's own type
     */
    public static Content of(NDArray array, DataType type) {
      try (NDArray cast = array.toType(type, true)) {
        ByteBuffer values = cast.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        byte[] data = new byte[values.remaining()];
        values.get(data);
        return new Content(new TensorInfo(infoType(type), array.getShape().getShape()), data);
      }
    }

    private static TensorInfo.Type infoType(DataType type) {
      return switch (type) {
        case FLOAT32 -> TensorInfo.Type.FLOAT32;
        case FLOAT16 -> TensorInfo.Type.FLOAT16;
        case INT64 -> TensorInfo.Type.INT64;
        case INT32 -> TensorInfo.Type.INT32;
        case UINT8 -> TensorInfo.Type.UINT8;
        default -> throw new IllegalArgumentException("tensors of " + type + " are not written");
      };
    }
  }

  @FunctionalInterface
  private interface Body {
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes a safetensors file (format of huggingface/safetensors 0.x).
   *
   * @throws IOException if it cannot be written
   */
  public static void safetensors(Path file, SortedMap<String, Content> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    long offset = 0;
    for (Map.Entry<String, Content> tensor : tensors.entrySet()) {
      Content content = tensor.getValue();
      ObjectNode entry = header.putObject(tensor.getKey());
      entry.put("dtype", safetensorsName(content.info().type()));
      entry.putPOJO("shape", content.info().shape());
      entry.putPOJO("data_offsets", new long[] {offset, offset + content.data().length});
      offset += content.data().length;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    // The format requires that the data begin at a multiple of eight.
    int padding = Math.floorMod(-json.length, Long.BYTES);
    byte[] length =
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length + padding)
            .array();
    whole(
        file,
        out -> {
          out.write(length);
          out.write(json);
          out.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
          for (Content content : tensors.values()) {
            out.write(content.data());
          }
        });
  }

  private static String safetensorsName(TensorInfo.Type type) {
    String name = type.name();
    return type == TensorInfo.Type.UINT8
        ? "U8"
        : type == TensorInfo.Type.BOOL
            ? "BOOL"
            : type == TensorInfo.Type.BFLOAT16
                ? "BF16"
                : name.charAt(0) + name.replaceAll("\\D", "");
  }

  /**
   * Writes a UNet as the reference does: {@code global_step} and {@code state_dict}.
   *
   * @throws IOException if it cannot be written
   */
  public static void unet(Path file, long globalStep, SortedMap<String, Content> weights)
      throws IOException {
    PickleWriter pickle = new PickleWriter().emptyDict().mark();
    pickle.text("global_step").number(globalStep);
    torch(file, pickle, "state_dict", weights);
  }

  /**
   * Writes an audio encoder as Whisper does: {@code dims} and {@code model_state_dict}.
   *
   * @param dims sizes by Whisper's names, such as {@code n_audio_layer}
   * @throws IOException if it cannot be written
   */
  public static void whisper(
      Path file, Map<String, Integer> dims, SortedMap<String, Content> weights) throws IOException {
    PickleWriter pickle = new PickleWriter().emptyDict().mark();
    pickle.text("dims").emptyDict().mark();
    dims.forEach((name, size) -> pickle.text(name).number(size));
    pickle.setItems();
    torch(file, pickle, "model_state_dict", weights);
  }

  /** As torch.save does (PyTorch 1.6 and later): a zip of a pickle and of the tensors' bytes. */
  private static void torch(
      Path file, PickleWriter pickle, String stateDict, SortedMap<String, Content> weights)
      throws IOException {
    List<byte[]> storages = new ArrayList<>();
    pickle.text(stateDict);
    pickle.global("collections", "OrderedDict").emptyTuple().reduce().mark();
    weights.forEach(
        (name, content) -> {
          tensor(pickle.text(name), content.info(), storages.size());
          storages.add(content.data());
        });
    byte[] root = pickle.setItems().setItems().bytes();
    whole(
        file,
        out -> {
          StoredZip zip = new StoredZip(out, "archive");
          zip.store("data.pkl", root);
          zip.store("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
          for (int i = 0; i < storages.size(); i++) {
            zip.store("data/" + i, storages.get(i));
          }
          zip.store("version", "3\n".getBytes(StandardCharsets.US_ASCII));
          zip.close();
        });
  }

  private static void tensor(PickleWriter pickle, TensorInfo info, int storage) {
    pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
    pickle.mark().text("storage").global("torch", storageName(info.type()));
    pickle.text(String.valueOf(storage)).text("cpu").number(info.elements()).tuple();
    pickle.persistentId().number(0);
    long[] shape = info.shape();
    pickle.mark();
    for (long size : shape) {
      pickle.number(size);
    }
    pickle.tuple().mark();
    for (int i = 0; i < shape.length; i++) {
      long stride = 1;
      for (int j = i + 1; j < shape.length; j++) {
        stride *= shape[j];
      }
      pickle.number(stride);
    }
    pickle.tuple().no();
    pickle.global("collections", "OrderedDict").emptyTuple().reduce();
    pickle.tuple().reduce();
  }

  private static String storageName(TensorInfo.Type type) {
    return switch (type) {
      case FLOAT32 -> "FloatStorage";
      case FLOAT16 -> "HalfStorage";
      default ->
          throw new IllegalArgumentException(
              "weights of " + type.name().toLowerCase(Locale.ROOT) + " are not written");
    };
  }

  private static void whole(Path file, Body body) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path unfinished = folder.resolve("." + file.getFileName() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(unfinished)) {
        body.write(out);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }
}
