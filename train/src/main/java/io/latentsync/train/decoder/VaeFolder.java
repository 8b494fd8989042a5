package io.latentsync.train.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.checkpoint.TensorInfo;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The folder of an autoencoder in the diffusers layout. */
public record VaeFolder(Path folder) {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  /** The sizes. */
  public AutoencoderKlConfig config() throws IOException {
    return Models.vaeConfig(folder);
  }

  /** The file with the weights. */
  public Path weightsFile() throws IOException {
    return Models.vaeWeights(folder);
  }

  /**
   * Reads all weights as FLOAT32.
   *
   * @param manager owner of the arrays
   * @throws IOException if they cannot be read, do not fit the sizes or are not finite
   */
  public SortedMap<String, NDArray> read(NDManager manager) throws IOException {
    AutoencoderKlConfig config = config();
    SortedMap<String, NDArray> weights = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(weightsFile())) {
      AutoencoderKl.requireFit(config, checkpoint);
      AutoencoderKl.requireFinite(config, checkpoint, DataType.FLOAT32);
      UnaryOperator<String> nameInFile = AutoencoderKl.nameInFile(checkpoint);
      for (Map.Entry<String, long[]> tensor : config.tensors().entrySet()) {
        NDArray weight = checkpoint.read(manager, nameInFile.apply(tensor.getKey()));
        weights.put(
            tensor.getKey(),
            weight.toType(DataType.FLOAT32, false).reshape(new Shape(tensor.getValue())));
      }
    }
    return weights;
  }

  /**
   * Writes a copy with other weights of some tensors. Names, shapes and element types are those of
   * this folder; BFLOAT16 becomes FLOAT32. All other tensors are the same bytes.
   *
   * @param target folder that is created or whose files are replaced
   * @param changed FLOAT32, by name
   * @throws IOException if a file cannot be read or written
   */
  public void writeWith(Map<String, NDArray> changed, Path target) throws IOException {
    SortedMap<String, Content> contents = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(weightsFile())) {
      UnaryOperator<String> nameInFile = AutoencoderKl.nameInFile(checkpoint);
      for (String name : config().tensors().keySet()) {
        String inFile = nameInFile.apply(name);
        TensorInfo info = checkpoint.tensors().get(inFile);
        NDArray weight = changed.get(name);
        contents.put(
            inFile, weight == null ? copy(checkpoint, inFile, info) : content(weight, info));
      }
    }
    Files.createDirectories(target);
    Files.write(target.resolve(CONFIG), Files.readAllBytes(folder.resolve(CONFIG)));
    CheckpointWriter.safetensors(target.resolve(WEIGHTS), contents);
  }

  private static Content content(NDArray weight, TensorInfo info) {
    DataType type = info.type() == TensorInfo.Type.FLOAT16 ? DataType.FLOAT16 : DataType.FLOAT32;
    return Content.of(weight.reshape(new Shape(info.shape())), type);
  }

  private static Content copy(Checkpoint checkpoint, String name, TensorInfo info)
      throws IOException {
    ByteBuffer values = checkpoint.data(name);
    byte[] data = new byte[values.remaining()];
    values.get(data);
    return new Content(info, data);
  }
}
