package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.storage.Location;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder to which {@code fetch-checkpoints} downloads the published files, and in which {@code
 * dub} finds them if no option names a checkpoint.
 *
 * @param folder a local folder
 */
public record DefaultCheckpoints(Path folder) {
  /** The default folder, relative to the working directory. */
  public static final String FOLDER = "checkpoints";

  /** The UNet's checkpoint in the folder. */
  public static final String UNET = "latentsync_unet.pt";

  /** The UNet's yaml in the folder. */
  public static final String UNET_CONFIG = "unet_config.yaml";

  /** The default checkpoints of the working directory. */
  public static DefaultCheckpoints here() {
    return new DefaultCheckpoints(Path.of(FOLDER));
  }

  /** The UNet's checkpoint, if it exists. */
  Optional<Location> unet() {
    return Files.exists(folder.resolve(UNET))
        ? Optional.of(new Location(folder.toString()).child(UNET))
        : Optional.empty();
  }

  /**
   * The UNet's yaml.
   *
   * @throws InvalidInputException if it does not exist
   */
  Location requiredUnetConfig() throws InvalidInputException {
    return unetConfig()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s exists, but %s does not; --unet_config_path must name the yaml:"
                            .formatted(folder.resolve(UNET), folder.resolve(UNET_CONFIG))
                        + " conf/unet/stage2_512.yaml for LatentSync 1.6, conf/unet/stage2.yaml for"
                        + " 1.5"));
  }

  /** The UNet's yaml, if it exists. */
  public Optional<Location> unetConfig() {
    return Files.exists(folder.resolve(UNET_CONFIG))
        ? Optional.of(new Location(folder.toString()).child(UNET_CONFIG))
        : Optional.empty();
  }
}
