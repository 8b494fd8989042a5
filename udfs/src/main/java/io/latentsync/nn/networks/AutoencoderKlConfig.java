package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import io.latentsync.nn.torch.LayerKind;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * Sizes of the VAE, named as in diffusers' {@code AutoencoderKL}.
 *
 * @param inChannels channels of an encoded picture
 * @param outChannels channels of a decoded picture
 * @param latentChannels channels of the latents
 * @param blockOutChannels width of each level, from the finest to the coarsest; each level except
 *     the last halves the picture
 * @param layersPerBlock residual blocks per level of the encoder; the decoder has one more
 * @param normNumGroups groups of the group norms
 * @param midBlockAttention whether the mid blocks have an attention layer
 * @param quantConv whether a 1×1 convolution follows the encoder
 * @param postQuantConv whether a 1×1 convolution precedes the decoder
 */
public record AutoencoderKlConfig(
    int inChannels,
    int outChannels,
    int latentChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int normNumGroups,
    boolean midBlockAttention,
    boolean quantConv,
    boolean postQuantConv) {

  private static final int COLOURS = 3;

  /**
   * Factor from the VAE's latents to the UNet's. The reference's inference script always uses this
   * factor and a shift of 0, and ignores those of the config file.
   */
  public static final double SCALING_FACTOR = 0.18215;

  /**
   * Reads a {@code config.json} of diffusers.
   *
   * @throws IllegalArgumentException if a field is missing, out of range or not supported; the
   *     message names it
   */
  public static AutoencoderKlConfig parse(JsonNode config) {
    ConfigFields fields = new ConfigFields(config, "");
    fields.only("_class_name", "AutoencoderKL");
    fields.only("act_fn", "silu");
    AutoencoderKlConfig parsed =
        new AutoencoderKlConfig(
            fields.exactly("in_channels", COLOURS),
            fields.exactly("out_channels", COLOURS),
            fields.positive("latent_channels", SizeLimits.CHANNELS),
            fields.positives("block_out_channels", SizeLimits.LEVELS, SizeLimits.WIDTH),
            fields.positive("layers_per_block", SizeLimits.LAYERS),
            fields.positive("norm_num_groups", SizeLimits.WIDTH),
            fields.flag("mid_block_add_attention", true),
            fields.flag("use_quant_conv", true),
            fields.flag("use_post_quant_conv", true));
    int levels = parsed.levels();
    requireLevels(fields, "down_block_types", "DownEncoderBlock2D", levels);
    requireLevels(fields, "up_block_types", "UpDecoderBlock2D", levels);
    if (parsed.blockOutChannels.stream().anyMatch(width -> width % parsed.normNumGroups != 0)) {
      throw fields.wrong(
          "norm_num_groups", parsed.normNumGroups, "a divisor of each value of block_out_channels");
    }
    return parsed;
  }

  private static void requireLevels(ConfigFields fields, String name, String type, int levels) {
    int found = fields.names(name, SizeLimits.LEVELS, List.of(type)).size();
    if (found != levels) {
      throw fields.wrong(
          name,
          "a list of " + found,
          "a list of " + levels + " blocks, as many as block_out_channels has levels");
    }
  }

  /** Number of levels. */
  public int levels() {
    return blockOutChannels.size();
  }

  /** Side of a picture divided by the side of its latents. */
  public int downsampling() {
    return 1 << (levels() - 1);
  }

  /** Names and row-major shapes of all tensors. Attention layers have their new names. */
  public SortedMap<String, long[]> tensors() {
    return layout().tensors();
  }

  /** The distinct kinds of its layers, in order of first occurrence. */
  public Set<LayerKind> kinds() {
    return layout().kinds();
  }

  private NetworkLayout layout() {
    NetworkLayout layout = new NetworkLayout();
    int levels = levels();
    int finest = blockOutChannels.get(0);
    int coarsest = blockOutChannels.get(levels - 1);

    layout.conv2d("encoder.conv_in", finest, inChannels, 3);
    for (int i = 0; i < levels; i++) {
      String block = "encoder.down_blocks." + i;
      int out = blockOutChannels.get(i);
      for (int j = 0; j < layersPerBlock; j++) {
        int in = j == 0 ? blockOutChannels.get(Math.max(i - 1, 0)) : out;
        layout.resnet(block + ".resnets." + j, in, out, 0, normNumGroups);
      }
      if (i < levels - 1) {
        layout.convolution(block + ".downsamplers.0.conv", 2, out, out, 3, 3);
      }
    }
    midBlock(layout, "encoder.mid_block", coarsest);
    layout.groupNorm("encoder.conv_norm_out", coarsest, normNumGroups);
    layout.conv2d("encoder.conv_out", 2 * latentChannels, coarsest, 3);
    if (quantConv) {
      layout.conv2d("quant_conv", 2 * latentChannels, 2 * latentChannels, 1);
    }

    if (postQuantConv) {
      layout.conv2d("post_quant_conv", latentChannels, latentChannels, 1);
    }
    layout.conv2d("decoder.conv_in", coarsest, latentChannels, 3);
    midBlock(layout, "decoder.mid_block", coarsest);
    for (int i = 0; i < levels; i++) {
      String block = "decoder.up_blocks." + i;
      int level = levels - 1 - i;
      int out = blockOutChannels.get(level);
      for (int j = 0; j <= layersPerBlock; j++) {
        int in = j == 0 ? blockOutChannels.get(Math.min(level + 1, levels - 1)) : out;
        layout.resnet(block + ".resnets." + j, in, out, 0, normNumGroups);
      }
      if (i < levels - 1) {
        layout.upsampling(out, 4);
        layout.conv2d(block + ".upsamplers.0.conv", out, out, 3);
      }
    }
    layout.groupNorm("decoder.conv_norm_out", finest, normNumGroups);
    layout.conv2d("decoder.conv_out", outChannels, finest, 3);
    return layout;
  }

  private void midBlock(NetworkLayout layout, String name, int width) {
    layout.resnet(name + ".resnets.0", width, width, 0, normNumGroups);
    if (midBlockAttention) {
      String attention = name + ".attentions.0";
      layout.groupNorm(attention + ".group_norm", width, normNumGroups);
      layout.linear(attention + ".to_q", width, width);
      layout.linear(attention + ".to_k", width, width);
      layout.linear(attention + ".to_v", width, width);
      layout.attention(width, 1);
      layout.linear(attention + ".to_out.0", width, width);
    }
    layout.resnet(name + ".resnets.1", width, width, 0, normNumGroups);
  }
}
