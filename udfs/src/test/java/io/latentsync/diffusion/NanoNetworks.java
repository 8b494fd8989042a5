package io.latentsync.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.nn.AutoencoderKl;
import io.latentsync.nn.AutoencoderKlConfig;
import io.latentsync.nn.Checkpoint;
import io.latentsync.nn.UNet3d;
import io.latentsync.nn.UNet3dConfig;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The small networks that the oracles of the sampling were made with. */
record NanoNetworks(UNet3d unet, AutoencoderKl vae) implements AutoCloseable {

  /**
   * Loads the networks of a folder {@code denoise<suffix>}: those with the same suffix, else the
   * first of each kind.
   */
  static NanoNetworks of(Path denoiseFolder, DataType type) throws Exception {
    String suffix = denoiseFolder.getFileName().toString().substring("denoise".length());
    Path unetFolder = folder("unet", suffix);
    Path vaeFolder = folder("vae", suffix);
    try (Checkpoint unet = Checkpoint.open(unetFolder.resolve("unet.pt"));
        Checkpoint vae =
            Checkpoint.open(vaeFolder.resolve("diffusion_pytorch_model.safetensors"))) {
      return new NanoNetworks(
          UNet3d.load(UNet3dConfig.parse(config(unetFolder)), unet, Device.cpu(), type),
          AutoencoderKl.load(
              AutoencoderKlConfig.parse(config(vaeFolder)), vae, Device.cpu(), type));
    }
  }

  private static JsonNode config(Path folder) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("config.json").toFile());
  }

  private static Path folder(String kind, String suffix) {
    List<Path> folders = Oracles.folders(kind + "_");
    return folders.stream()
        .filter(folder -> folder.endsWith(kind + suffix))
        .findFirst()
        .orElse(folders.get(0));
  }

  @Override
  public void close() {
    unet.close();
    vae.close();
  }
}
