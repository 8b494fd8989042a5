package io.latentsync.nn;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SortedMap;

/**
 * Sizes of the autoencoder between pictures and latents, under the names of diffusers' {@code
 * AutoencoderKL}.
 *
 * @param inChannels channels of an encoded picture
 * @param outChannels channels of a decoded picture
 * @param latentChannels channels of the latents
 * @param blockOutChannels width of each level, from the finest to the coarsest; each but the last
 *     halves the picture
 * @param layersPerBlock residual blocks of a level of the encoder; the decoder has one more
 * @param normNumGroups groups of the group norms
 * @param midBlockAttention whether the mid blocks have an attention
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

  /**
   * What the denoiser's latents are, as a multiple of the autoencoder's. The reference's inference
   * script sets it (and a shift of 0) whatever the file says.
   */
  public static final double SCALING_FACTOR = 0.18215;

  /**
   * Reads a {@code config.json} of diffusers.
   *
   * @throws IllegalArgumentException if a field is missing, out of range or asks for what is not
   *     supported; the message names it
   */
  public static AutoencoderKlConfig parse(JsonNode config) {
    ConfigFields fields = new ConfigFields(config, "");
    fields.only("_class_name", "AutoencoderKL");
    fields.only("act_fn", "silu");
    AutoencoderKlConfig parsed =
        new AutoencoderKlConfig(
            fields.positive("in_channels"),
            fields.positive("out_channels"),
            fields.positive("latent_channels"),
            fields.positives("block_out_channels"),
            fields.positive("layers_per_block"),
            fields.positive("norm_num_groups"),
            fields.flag("mid_block_add_attention", true),
            fields.flag("use_quant_conv", true),
            fields.flag("use_post_quant_conv", true));
    int levels = parsed.levels();
    requireLevels(fields, "down_block_types", "DownEncoderBlock2D", levels);
    requireLevels(fields, "up_block_types", "UpDecoderBlock2D", levels);
    if (parsed.blockOutChannels.stream().anyMatch(width -> width % parsed.normNumGroups != 0)) {
      throw fields.wrong(
          "norm_num_groups", parsed.normNumGroups, "a divisor of every one of block_out_channels");
    }
    return parsed;
  }

  private static void requireLevels(ConfigFields fields, String name, String type, int levels) {
    int found = fields.names(name, List.of(type)).size();
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

  /** Names, in the newer naming of the attentions, and row-major shapes of all tensors. */
  public SortedMap<String, long[]> tensors() {
    TensorShapes shapes = new TensorShapes();
    int levels = levels();
    int finest = blockOutChannels.get(0);
    int coarsest = blockOutChannels.get(levels - 1);

    shapes.conv2d("encoder.conv_in", finest, inChannels, 3);
    for (int i = 0; i < levels; i++) {
      String block = "encoder.down_blocks." + i;
      int out = blockOutChannels.get(i);
      for (int j = 0; j < layersPerBlock; j++) {
        int in = j == 0 ? blockOutChannels.get(Math.max(i - 1, 0)) : out;
        shapes.resnet(block + ".resnets." + j, in, out, 0);
      }
      if (i < levels - 1) {
        shapes.conv2d(block + ".downsamplers.0.conv", out, out, 3);
      }
    }
    midBlock(shapes, "encoder.mid_block", coarsest);
    shapes.norm("encoder.conv_norm_out", coarsest);
    shapes.conv2d("encoder.conv_out", 2 * latentChannels, coarsest, 3);
    if (quantConv) {
      shapes.conv2d("quant_conv", 2 * latentChannels, 2 * latentChannels, 1);
    }

    if (postQuantConv) {
      shapes.conv2d("post_quant_conv", latentChannels, latentChannels, 1);
    }
    shapes.conv2d("decoder.conv_in", coarsest, latentChannels, 3);
    midBlock(shapes, "decoder.mid_block", coarsest);
    for (int i = 0; i < levels; i++) {
      String block = "decoder.up_blocks." + i;
      int level = levels - 1 - i;
      int out = blockOutChannels.get(level);
      for (int j = 0; j <= layersPerBlock; j++) {
        int in = j == 0 ? blockOutChannels.get(Math.min(level + 1, levels - 1)) : out;
        shapes.resnet(block + ".resnets." + j, in, out, 0);
      }
      if (i < levels - 1) {
        shapes.conv2d(block + ".upsamplers.0.conv", out, out, 3);
      }
    }
    shapes.norm("decoder.conv_norm_out", finest);
    shapes.conv2d("decoder.conv_out", outChannels, finest, 3);
    return shapes.all();
  }

  private void midBlock(TensorShapes shapes, String name, int width) {
    shapes.resnet(name + ".resnets.0", width, width, 0);
    if (midBlockAttention) {
      String attention = name + ".attentions.0";
      shapes.norm(attention + ".group_norm", width);
      shapes.linear(attention + ".to_q", width, width);
      shapes.linear(attention + ".to_k", width, width);
      shapes.linear(attention + ".to_v", width, width);
      shapes.linear(attention + ".to_out.0", width, width);
    }
    shapes.resnet(name + ".resnets.1", width, width, 0);
  }
}
