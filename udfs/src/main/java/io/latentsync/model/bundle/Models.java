package io.latentsync.model.bundle;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.latentsync.face.blend.Mask;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.networks.ConfigText;
import io.latentsync.nn.networks.UNet3d;
import io.latentsync.nn.networks.WhisperConfig;
import io.latentsync.nn.networks.WhisperEncoder;
import io.latentsync.nn.torch.LayerKind;
import io.latentsync.nn.torch.NumericCheck;
import io.latentsync.nn.torch.WrongNumbersException;
import io.latentsync.text.Printable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The loaded networks of a bundle on a device. All tasks of an executor that use the device share
 * the weights, which are read-only.
 */
public final class Models {
  private static final List<String> VAE_WEIGHTS =
      List.of("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin");
  private static final NetworkCache<Models> SHARED = new NetworkCache<>(Models::close);

  private final Device device;
  private final ComputeType type;
  private final ModelConfig config;
  private final UNet3d unet;
  private final AutoencoderKl vae;
  private final WhisperEncoder whisper;
  private final Mask mask;
  private final ResultCache results = new ResultCache();
  private final Set<BatchShape> warmShapes = new HashSet<>();

  private Models(
      Device device,
      ComputeType type,
      ModelConfig config,
      UNet3d unet,
      AutoencoderKl vae,
      WhisperEncoder whisper,
      Mask mask) {
    this.device = device;
    this.type = type;
    this.config = config;
    this.unet = unet;
    this.vae = vae;
    this.whisper = whisper;
    this.mask = mask;
  }

  /** Resolves a location of a bundle to a local file or folder. */
  @FunctionalInterface
  public interface Locator {
    /**
     * Finds or fetches the file.
     *
     * @throws IOException if it does not exist or cannot be fetched
     */
    Path locate(String location) throws IOException;
  }

  /**
   * The networks of a bundle, loaded by the first caller while the others wait.
   *
   * @param fingerprint of the bundle, its options and the contents of its files
   * @throws IOException if a file is missing, damaged or does not fit its config, or is replaced
   *     meanwhile; the message names it. Nothing stays loaded then.
   */
  public static NetworkLease<Models> lease(
      ModelBundle bundle, Fingerprint fingerprint, Device device, Locator locator)
      throws IOException {
    return SHARED.lease(fingerprint, device, () -> load(bundle, device, locator));
  }

  /**
   * Checks that the files of a bundle fit one another, without loading the weights.
   *
   * @return sizes of the networks' inputs
   * @throws IOException if a file is missing, damaged or does not fit its config; the message names
   *     it
   */
  public static ModelConfig check(ModelBundle bundle, Locator locator) throws IOException {
    ModelConfig config = ModelConfig.read(locator.locate(bundle.unetConfig()));
    mask(bundle, config, locator);
    try (Checkpoint checkpoint = Checkpoint.open(locator.locate(bundle.whisper()))) {
      requireSameWidth(
          bundle.whisper(), WhisperEncoder.requireFit(checkpoint), bundle.unetConfig(), config);
    }
    Path folder = locator.locate(bundle.vae());
    AutoencoderKlConfig vae = vaeConfig(folder);
    requireSameLatents(bundle.unetConfig(), config, bundle.vae(), vae);
    try (Checkpoint checkpoint = Checkpoint.open(vaeWeights(folder))) {
      AutoencoderKl.requireFit(vae, checkpoint);
    }
    try (Checkpoint checkpoint = Checkpoint.open(locator.locate(bundle.unet()))) {
      UNet3d.requireFit(config.unet(), checkpoint);
    }
    return config;
  }

  /**
   * Computes each kind of layer of a bundle's networks, without the weights, and compares it with
   * 64-bit arithmetic.
   *
   * @throws WrongNumbersException if the device computes one incorrectly in every possible element
   *     type
   * @throws IOException if a file is missing or damaged
   */
  public static void requireCorrectLayers(ModelBundle bundle, Device device, Locator locator)
      throws IOException {
    ModelConfig config = ModelConfig.read(locator.locate(bundle.unetConfig()));
    computeType(bundle, device, config, vaeConfig(locator.locate(bundle.vae())));
    try (Checkpoint checkpoint = Checkpoint.open(locator.locate(bundle.whisper()))) {
      NumericCheck.require(WhisperConfig.of(checkpoint).kinds(), device, DataType.FLOAT32);
    }
  }

  /**
   * Loads the networks of a bundle only for the caller, which closes them.
   *
   * @throws IOException if a file is missing, damaged or does not fit its config; the message names
   *     it. Nothing stays loaded then.
   */
  public static Models load(ModelBundle bundle, Device device, Locator locator) throws IOException {
    ModelConfig config = ModelConfig.read(locator.locate(bundle.unetConfig()));
    Mask mask = mask(bundle, config, locator);
    AutoencoderKlConfig vaeConfig = vaeConfig(locator.locate(bundle.vae()));
    ComputeType type = computeType(bundle, device, config, vaeConfig);
    WhisperEncoder whisper = null;
    AutoencoderKl vae = null;
    UNet3d unet = null;
    try {
      try (Checkpoint checkpoint = Checkpoint.open(locator.locate(bundle.whisper()))) {
        NumericCheck.require(WhisperConfig.of(checkpoint).kinds(), device, DataType.FLOAT32);
        whisper = WhisperEncoder.load(checkpoint, device, DataType.FLOAT32);
      }
      requireSameWidth(bundle.whisper(), whisper.config(), bundle.unetConfig(), config);
      try (Checkpoint checkpoint = Checkpoint.open(vaeWeights(locator.locate(bundle.vae())))) {
        long picture =
            PictureBatch.values(vaeConfig, config.resolution()) * type.type().getNumOfBytes();
        int pictures = PictureBatch.on(device, picture);
        vae = AutoencoderKl.load(vaeConfig, checkpoint, device, type.type(), pictures);
      }
      try (Checkpoint checkpoint = Checkpoint.open(locator.locate(bundle.unet()))) {
        unet = UNet3d.load(config.unet(), checkpoint, device, type.type());
      }
      return new Models(device, type, config, unet, vae, whisper, mask);
    } finally {
      if (unet == null) {
        if (whisper != null) {
          whisper.close();
        }
        if (vae != null) {
          vae.close();
        }
      }
    }
  }

  private static Mask mask(ModelBundle bundle, ModelConfig config, Locator locator)
      throws IOException {
    return bundle.ownMask().isPresent()
        ? Mask.of(locator.locate(bundle.ownMask().get()), config.resolution())
        : Mask.bundled(config.resolution());
  }

  /** Passes if the UNet expects the features of the whisper encoder. */
  static void requireSameWidth(
      String whisperFile, WhisperConfig whisper, String unetConfigFile, ModelConfig config)
      throws CheckpointException {
    int asked = config.unet().crossAttentionDim();
    int given = whisper.audioState();
    if (asked != given) {
      throw new CheckpointException(
          Path.of(whisperFile),
          "gives audio features of width %d, but %s has cross_attention_dim %d (384 needs whisper tiny, 768 whisper small)"
              .formatted(given, unetConfigFile, asked));
    }
  }

  /**
   * Passes if the UNet's channels fit the autoencoder's latents: noisy latents, mask, latents of
   * the masked and of the whole face.
   */
  static void requireSameLatents(
      String unetConfigFile, ModelConfig config, String vaeFolder, AutoencoderKlConfig vae)
      throws IOException {
    int channels = vae.latentChannels();
    int in = 3 * channels + 1;
    if (config.unet().outChannels() != channels || config.unet().inChannels() != in) {
      throw new IOException(
          "%s: model.in_channels is %d and model.out_channels is %d; for %s, whose latents have %d channels, they must be %d and %d"
              .formatted(
                  unetConfigFile,
                  config.unet().inChannels(),
                  config.unet().outChannels(),
                  vaeFolder,
                  channels,
                  in,
                  channels));
    }
    if (config.resolution() % vae.downsampling() != 0) {
      throw new IOException(
          "%s: data.resolution is %d; for %s it must be a multiple of %d"
              .formatted(unetConfigFile, config.resolution(), vaeFolder, vae.downsampling()));
    }
  }

  private static ComputeType computeType(
      ModelBundle bundle, Device device, ModelConfig config, AutoencoderKlConfig vae)
      throws WrongNumbersException {
    Set<LayerKind> kinds = new LinkedHashSet<>(config.unet().kinds());
    kinds.addAll(vae.kinds());
    return ComputeType.of(bundle.precision(), device, kinds);
  }

  /** The file with the weights of a VAE in the diffusers layout. */
  public static Path vaeWeights(Path folder) throws FileNotFoundException {
    return VAE_WEIGHTS.stream()
        .map(folder::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(
            () ->
                new FileNotFoundException(
                    "%s: has no VAE weights; expected one of %s"
                        .formatted(folder, String.join(", ", VAE_WEIGHTS))));
  }

  /** The sizes of a VAE in the diffusers layout. */
  public static AutoencoderKlConfig vaeConfig(Path folder) throws IOException {
    Path file = folder.resolve("config.json");
    if (Files.notExists(file)) {
      throw new FileNotFoundException(
          folder + ": is not a VAE in the diffusers layout; it has no config.json");
    }
    try {
      return AutoencoderKlConfig.parse(new ObjectMapper().readTree(ConfigText.read(file)));
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": is not a VAE config: " + ConfigText.problem(e), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": is not a VAE config: " + Printable.line(e.getMessage()), e);
    }
  }

  /** The device of the weights. */
  public Device device() {
    return device;
  }

  /** The element type of UNet and VAE. */
  public DataType elementType() {
    return type.type();
  }

  /** Why UNet and VAE are not computed in the requested element type; empty if they are. */
  public String typeReason() {
    return type.reason();
  }

  /** Sizes of the networks' inputs. */
  public ModelConfig config() {
    return config;
  }

  /** The denoiser. */
  public UNet3d unet() {
    return unet;
  }

  /** Pictures to latents and back. */
  public AutoencoderKl vae() {
    return vae;
  }

  /** Speech to features. */
  public WhisperEncoder whisper() {
    return whisper;
  }

  /** Which pixels of a face are re-synthesised. */
  public Mask mask() {
    return mask;
  }

  /** Cached results of these networks, for all tasks. */
  public ResultCache results() {
    return results;
  }

  /** The batch shapes for which the device is prepared; guarded by itself. */
  public Set<BatchShape> warmShapes() {
    return warmShapes;
  }

  /** Frees the weights. No call may be running. */
  public void close() {
    unet.close();
    vae.close();
    whisper.close();
  }
}
