package io.latentsync.nn.networks;

/**
 * The maximum sizes of a network in a configuration. They are far above the sizes of all published
 * networks. They keep a network's description small, and products of sizes do not overflow.
 */
final class SizeLimits {
  /** Channels of pictures and latents. */
  static final int CHANNELS = 256;

  /** Width of a layer. */
  static final int WIDTH = 16_384;

  /** Levels of a network; each halves the picture. */
  static final int LEVELS = 8;

  /** Layers of a level. */
  static final int LAYERS = 16;

  /** Blocks of a transformer in a denoiser, and attentions of such a block. */
  static final int BLOCKS = 8;

  /** Blocks of the audio encoder. */
  static final int AUDIO_LAYERS = 64;

  /** Attention heads. */
  static final int HEADS = 1024;

  /** Frames for which motion modules have positions. */
  static final int FRAMES = 4096;

  private SizeLimits() {}
}
