package io.latentsync.train;

import io.latentsync.train.objective.NetworkConfigs;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option for the sizes of the model to train. */
final class ModelSizes {
  @Option(
      names = "--config",
      paramLabel = "FOLDER",
      description =
          "Sizes of the model: a folder with unet.yaml, vae.json and whisper.json."
              + " Default: the sizes of the demonstration model.")
  private Path folder;

  /**
   * Reads the sizes.
   *
   * @throws IOException if a file is missing or not valid
   */
  NetworkConfigs read() throws IOException {
    return folder == null ? NetworkConfigs.nano() : NetworkConfigs.read(folder);
  }
}
