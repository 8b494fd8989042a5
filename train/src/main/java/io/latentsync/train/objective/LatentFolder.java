package io.latentsync.train.objective;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.blend.Mask;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.train.data.LatentClip;
import io.latentsync.train.data.TalkingFaces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Encodes clips once and keeps the latents in files, because encoding takes minutes and a training
 * may be continued many times. A file's name is a hash of clip and autoencoder.
 */
public final class LatentFolder implements AutoCloseable {
  private final Path folder;
  private final Path weights;
  private final AutoencoderKl vae;
  private final NDManager manager;
  private final NDArray keep;

  /**
   * The latents of a model's autoencoder.
   *
   * @throws IOException if its weights cannot be read
   */
  public LatentFolder(NDManager parent, Path folder, NetworkConfigs config, ModelFolder model)
      throws IOException {
    this.folder = folder;
    this.weights = model.vaeWeights();
    this.vae = model.readVae(config);
    this.manager = parent.newSubManager();
    int side = config.resolution();
    this.keep = manager.create(Mask.bundled(side).values(), new Shape(1, side, side));
  }

  /** The latents of a clip, owned by the manager. */
  public LatentClip latents(NDManager owner, TalkingFaces.Clip clip) throws IOException {
    Path file = folder.resolve(name(clip) + ".safetensors");
    if (!Files.exists(file)) {
      try (NDManager scope = manager.newSubManager()) {
        write(file, LatentClip.of(scope, clip, vae, keep));
      }
    }
    try (Checkpoint read = Checkpoint.open(file)) {
      return new LatentClip(
          clip.first(),
          new LatentClip.Latents(read.read(owner, "mean"), read.read(owner, "deviation")),
          new LatentClip.Latents(
              read.read(owner, "source_mean"), read.read(owner, "source_deviation")),
          new LatentClip.Latents(
              read.read(owner, "masked_mean"), read.read(owner, "masked_deviation")),
          read.read(owner, "mel"),
          read.read(owner, "mouths"));
    }
  }

  private static void write(Path file, LatentClip clip) throws IOException {
    SortedMap<String, Content> tensors = new TreeMap<>();
    tensors.put("mean", content(clip.faces().mean()));
    tensors.put("deviation", content(clip.faces().deviation()));
    tensors.put("source_mean", content(clip.sources().mean()));
    tensors.put("source_deviation", content(clip.sources().deviation()));
    tensors.put("masked_mean", content(clip.masked().mean()));
    tensors.put("masked_deviation", content(clip.masked().deviation()));
    tensors.put("mel", content(clip.mel()));
    tensors.put("mouths", content(clip.mouths()));
    CheckpointWriter.safetensors(file, tensors);
  }

  private static Content content(NDArray array) {
    return Content.of(array, DataType.FLOAT32);
  }

  private String name(TalkingFaces.Clip clip) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(Files.readAllBytes(weights));
      byte[] speech = new byte[Short.BYTES * clip.speech().length];
      ByteBuffer.wrap(speech).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(clip.speech());
      digest.update(speech);
      clip.faces().forEach(face -> digest.update(face.pixels()));
      clip.sources().forEach(face -> digest.update(face.pixels()));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public void close() {
    vae.close();
    manager.close();
  }
}
