package io.latentsync.diffusion;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.networks.UNet3dConfig;
import io.latentsync.testing.GoldenData;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The small networks of the reference's sampling results. */
record NanoNetworks(UNet3d unet, AutoencoderKl vae) implements AutoCloseable {

  /** Loads the networks of the golden data, which are part of the repository. */
  static NanoNetworks golden(Path temporary, DataType type) throws IOException {
    GoldenData golden = new GoldenData(temporary);
    return new NanoNetworks(golden.loadUnet(GoldenData.FULL, type), golden.loadVae(type));
  }

  /**
   * Loads the networks of a folder {@code denoise<suffix>}: those with the same suffix, else the
   * first of each kind.
   */
  static NanoNetworks of(Path denoiseFolder, DataType type) throws IOException {
    String suffix = denoiseFolder.getFileName().toString().substring("denoise".length());
    Path unetFolder = folder("unet", suffix);
    Path vaeFolder = folder("vae", suffix);
    try (Checkpoint unet = Checkpoint.open(unetFolder.resolve("unet.pt"));
        Checkpoint vae = Checkpoint.open(vaeFolder.resolve(GoldenData.VAE_WEIGHTS))) {
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
