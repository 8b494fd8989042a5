package io.latentsync.model.bundle;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The locations of a model's files, as the user gave them: Hadoop paths or local ones.
 *
 * @param unetConfig the UNet's yaml
 * @param unet the UNet's checkpoint, such as {@code latentsync_unet.pt}
 * @param vae a folder in the diffusers layout, holding {@code config.json} and the weights
 * @param whisper the whisper checkpoint, such as {@code tiny.pt}
 * @param mask the name of the mask picture, see {@link #ownMask}
 * @param precision element type of UNet and VAE
 */
public record ModelBundle(
    String unetConfig, String unet, String vae, String whisper, String mask, Precision precision)
    implements Serializable {

  /** With the default precision of the device. */
  public ModelBundle(String unetConfig, String unet, String vae, String whisper, String mask) {
    this(unetConfig, unet, vae, whisper, mask, Precision.AUTO);
  }

  /** The user's mask picture; empty for the bundled one. */
  public Optional<String> ownMask() {
    return Optional.of(mask).filter(name -> !name.isEmpty());
  }

  /** All files and folders of the bundle. */
  public List<String> files() {
    return Stream.concat(Stream.of(unetConfig, unet, vae, whisper), ownMask().stream()).toList();
  }
}
