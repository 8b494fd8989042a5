package io.latentsync.diffusion;

import io.latentsync.nn.AutoencoderKl;
import io.latentsync.nn.UNet3d;
import io.latentsync.testing.Oracles;
import java.nio.file.Path;
import java.util.List;

/** The small networks that the oracles of the sampling were made with. */
record NanoNetworks(UNet3d unet, AutoencoderKl vae) implements AutoCloseable {

  /**
   * Loads the networks of a folder {@code denoise<suffix>}: those with the same suffix, else the
   * first of each kind.
   */
  static NanoNetworks of(Path denoiseFolder) throws Exception {
    String suffix = denoiseFolder.getFileName().toString().substring("denoise".length());
    return new NanoNetworks(null, null);
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
