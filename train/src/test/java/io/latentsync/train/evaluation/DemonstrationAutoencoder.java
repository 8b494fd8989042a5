package io.latentsync.train.evaluation;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.model.bundle.Models;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.AutoencoderKl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The autoencoder of the demonstration model, which is in the repository. */
final class DemonstrationAutoencoder {
  /** Side of its faces in pixels. */
  static final int RESOLUTION = 128;

  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  private DemonstrationAutoencoder() {}

  /** Unpacks it into a folder and loads it. */
  static AutoencoderKl load(Path folder) throws IOException {
    for (String name : new String[] {"config.json", WEIGHTS}) {
      try (InputStream in =
          DemonstrationAutoencoder.class.getResourceAsStream("/demo/model/sd-vae-ft-mse/" + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
    try (Checkpoint weights = Checkpoint.open(folder.resolve(WEIGHTS))) {
      return AutoencoderKl.load(Models.vaeConfig(folder), weights, Device.cpu(), DataType.FLOAT32);
    }
  }
}
