package io.latentsync.nn.networks;

import com.fasterxml.jackson.databind.JsonNode;
import io.latentsync.nn.torch.LayerKind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntPredicate;

/**
 * Sizes of the denoising network, named as in the reference implementation's UNet3D.
 *
 * @param inChannels channels of a sample: noisy latents, mask, masked latents, reference latents
 * @param outChannels channels of the predicted noise
 * @param blockOutChannels width of each level, from the finest to the coarsest
 * @param downAttention whether each down block has spatial transformers
 * @param upAttention whether each up block has spatial transformers, from the coarsest level to the
 *     finest
 * @param layersPerBlock residual blocks per down block; an up block has one more
 * @param attentionHeads number of heads of the spatial transformers (the reference calls it {@code
 *     attention_head_dim})
 * @param crossAttentionDim width of the audio features
 * @param audioLayer whether the spatial transformers attend to the audio
 * @param normNumGroups groups of the group norms outside the motion modules
 * @param normEps epsilon of the group norms of the residual blocks and the output
 * @param motion the motion modules, if there are any
 */
public record UNet3dConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    List<Boolean> downAttention,
    List<Boolean> upAttention,
    int layersPerBlock,
    int attentionHeads,
    int crossAttentionDim,
    boolean audioLayer,
    int normNumGroups,
    double normEps,
    Optional<Motion> motion) {

  /** Number of groups of the group norms in motion modules; not configurable. */
  private static final int MOTION_GROUPS = 32;

  /** Options of the reference's class that no published network sets. */
  private static final List<String> UNSUPPORTED =
      List.of(
          "center_input_sample",
          "only_cross_attention",
          "dual_cross_attention",
          "use_linear_projection",
          "upcast_attention",
          "use_inflated_groupnorm");

  /**
   * The motion modules: attention over the frames of a chunk.
   *
   * @param resolutions down-sampling factors (1, 2, 4 …) of the levels that have them
   * @param midBlock whether the mid block has a motion module
   * @param decoderOnly whether the down blocks have no motion modules
   * @param heads attention heads
   * @param transformerBlocks transformer blocks per module
   * @param attentions self-attentions per transformer block
   * @param dimensionDivisor the width of an attention is the level's width divided by this
   * @param positionEncoding whether the frames' positions are added to the attention's input
   * @param maxFrames length of the table of positions, which is the maximum number of frames of a
   *     chunk
   */
  public record Motion(
      List<Integer> resolutions,
      boolean midBlock,
      boolean decoderOnly,
      int heads,
      int transformerBlocks,
      int attentions,
      int dimensionDivisor,
      boolean positionEncoding,
      int maxFrames) {

    private static Motion parse(ConfigFields model) {
      model.only("motion_module_type", "Vanilla");
      ConfigFields kwargs = model.section("motion_module_kwargs");
      return new Motion(
          model.positives(
              "motion_module_resolutions", SizeLimits.LEVELS, 1 << (SizeLimits.LEVELS - 1)),
          model.flag("motion_module_mid_block"),
          model.flag("motion_module_decoder_only"),
          kwargs.positive("num_attention_heads", SizeLimits.HEADS),
          kwargs.positive("num_transformer_block", SizeLimits.BLOCKS),
          kwargs.names("attention_block_types", SizeLimits.BLOCKS, List.of("Temporal_Self")).size(),
          kwargs.positive("temporal_attention_dim_div", SizeLimits.HEADS),
          kwargs.flag("temporal_position_encoding"),
          kwargs.positive("temporal_position_encoding_max_len", SizeLimits.FRAMES));
    }
  }

  /**
   * Reads the block {@code model} of a UNet yaml, or a saved {@code config.json}.
   *
   * @throws IllegalArgumentException if a field is missing, out of range or not supported; the
   *     message names it
   */
  public static UNet3dConfig parse(JsonNode model) {
    ConfigFields fields = new ConfigFields(model, "model.");
    fields.only("act_fn", "silu");
    fields.only("mid_block_type", "UNetMidBlock3DCrossAttn");
    fields.only("mid_block_scale_factor", 1);
    fields.only("downsample_padding", 1);
    fields.only("flip_sin_to_cos", true);
    fields.only("freq_shift", 0);
    fields.only("resnet_time_scale_shift", "default");
    UNSUPPORTED.forEach(name -> fields.only(name, false));
    UNet3dConfig config =
        new UNet3dConfig(
            fields.positive("in_channels", SizeLimits.CHANNELS),
            fields.positive("out_channels", SizeLimits.CHANNELS),
            fields.positives("block_out_channels", SizeLimits.LEVELS, SizeLimits.WIDTH),
            attention(fields, "down_block_types", "CrossAttnDownBlock3D", "DownBlock3D"),
            attention(fields, "up_block_types", "CrossAttnUpBlock3D", "UpBlock3D"),
            fields.positive("layers_per_block", SizeLimits.LAYERS),
            fields.positive("attention_head_dim", SizeLimits.HEADS),
            fields.positive("cross_attention_dim", SizeLimits.WIDTH),
            fields.flag("add_audio_layer"),
            fields.positive("norm_num_groups", SizeLimits.WIDTH),
            fields.fraction("norm_eps"),
            fields.flag("use_motion_module")
                ? Optional.of(Motion.parse(fields))
                : Optional.empty());
    config.check(fields);
    return config;
  }

  private static List<Boolean> attention(
      ConfigFields fields, String name, String with, String without) {
    return fields.names(name, SizeLimits.LEVELS, List.of(with, without)).stream()
        .map(with::equals)
        .toList();
  }

  private void check(ConfigFields fields) {
    int levels = blockOutChannels.size();
    String asMany = "a list of " + levels + " blocks, as many as block_out_channels has levels";
    if (downAttention.size() != levels) {
      throw fields.wrong("down_block_types", "a list of " + downAttention.size(), asMany);
    }
    if (upAttention.size() != levels) {
      throw fields.wrong("up_block_types", "a list of " + upAttention.size(), asMany);
    }
    requireDivisor(fields, "norm_num_groups", normNumGroups);
    requireDivisor(fields, "attention_head_dim", attentionHeads);
    if (motion.isPresent()) {
      ConfigFields kwargs = fields.section("motion_module_kwargs");
      requireDivisor(
          kwargs, "num_attention_heads", motion.get().heads() * motion.get().dimensionDivisor());
      if (blockOutChannels.stream().anyMatch(width -> width % MOTION_GROUPS != 0)) {
        throw fields.wrong(
            "block_out_channels",
            blockOutChannels,
            "multiples of " + MOTION_GROUPS + " where there are motion modules");
      }
    }
  }

  private void requireDivisor(ConfigFields fields, String name, int value) {
    IntPredicate divides = width -> width % value == 0;
    if (!blockOutChannels.stream().mapToInt(Integer::intValue).allMatch(divides)) {
      throw fields.wrong(name, value, "a divisor of each value of block_out_channels");
    }
  }

  /** Number of down blocks, and of up blocks. */
  public int levels() {
    return blockOutChannels.size();
  }

  /** Maximum number of frames of a chunk. */
  public int maxFrames() {
    return motion.filter(Motion::positionEncoding).map(Motion::maxFrames).orElse(Integer.MAX_VALUE);
  }

  /** Names and row-major shapes of all tensors of a checkpoint of this network. */
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
    int temb = 4 * finest;
    layout.conv2d("conv_in", finest, inChannels, 3);
    layout.linear("time_embedding.linear_1", temb, finest);
    layout.linear("time_embedding.linear_2", temb, temb);

    for (int i = 0; i < levels; i++) {
      String block = "down_blocks." + i;
      int in = blockOutChannels.get(Math.max(i - 1, 0));
      int out = blockOutChannels.get(i);
      int factor = 1 << i;
      boolean moves =
          motion.filter(m -> !m.decoderOnly() && m.resolutions().contains(factor)).isPresent();
      for (int j = 0; j < layersPerBlock; j++) {
        layout.resnet(block + ".resnets." + j, j == 0 ? in : out, out, temb, normNumGroups);
        attentionAndMotion(layout, block, j, out, downAttention.get(i), moves);
      }
      if (i < levels - 1) {
        layout.convolution(block + ".downsamplers.0.conv", 2, out, out, 3, 3);
      }
    }

    layout.resnet("mid_block.resnets.0", coarsest, coarsest, temb, normNumGroups);
    attentionAndMotion(
        layout, "mid_block", 0, coarsest, true, motion.filter(Motion::midBlock).isPresent());
    layout.resnet("mid_block.resnets.1", coarsest, coarsest, temb, normNumGroups);

    for (int i = 0; i < levels; i++) {
      String block = "up_blocks." + i;
      int level = levels - 1 - i;
      int before = blockOutChannels.get(Math.min(level + 1, levels - 1));
      int out = blockOutChannels.get(level);
      int lastSkip = blockOutChannels.get(Math.max(level - 1, 0));
      int factor = 1 << level;
      boolean moves = motion.filter(m -> m.resolutions().contains(factor)).isPresent();
      for (int j = 0; j <= layersPerBlock; j++) {
        int in = (j == 0 ? before : out) + (j == layersPerBlock ? lastSkip : out);
        layout.resnet(block + ".resnets." + j, in, out, temb, normNumGroups);
        attentionAndMotion(layout, block, j, out, upAttention.get(i), moves);
      }
      if (i < levels - 1) {
        layout.upsampling(out, 5);
        layout.conv2d(block + ".upsamplers.0.conv", out, out, 3);
      }
    }

    layout.groupNorm("conv_norm_out", finest, normNumGroups);
    layout.conv2d("conv_out", outChannels, finest, 3);
    return layout;
  }

  private void attentionAndMotion(
      NetworkLayout layout, String block, int layer, int width, boolean attends, boolean moves) {
    if (attends) {
      spatialTransformer(layout, block + ".attentions." + layer, width);
    }
    if (moves) {
      motionModule(
          layout,
          block + ".motion_modules." + layer + ".temporal_transformer",
          width,
          motion.orElseThrow());
    }
  }

  private void spatialTransformer(NetworkLayout layout, String name, int width) {
    String block = name + ".transformer_blocks.0";
    layout.groupNorm(name + ".norm", width, normNumGroups);
    layout.conv2d(name + ".proj_in", width, width, 1);
    layout.layerNorm(block + ".norm1", width);
    attention(layout, block + ".attn1", width, width, width, attentionHeads);
    if (audioLayer) {
      layout.layerNorm(block + ".norm2", width);
      attention(layout, block + ".attn2", width, width, crossAttentionDim, attentionHeads);
    }
    layout.layerNorm(block + ".norm3", width);
    feedForward(layout, block + ".ff", width);
    layout.conv2d(name + ".proj_out", width, width, 1);
  }

  private static void motionModule(NetworkLayout layout, String name, int width, Motion motion) {
    layout.groupNorm(name + ".norm", width, MOTION_GROUPS);
    layout.linear(name + ".proj_in", width, width);
    for (int i = 0; i < motion.transformerBlocks(); i++) {
      String block = name + ".transformer_blocks." + i;
      for (int j = 0; j < motion.attentions(); j++) {
        String attention = block + ".attention_blocks." + j;
        layout.layerNorm(block + ".norms." + j, width);
        int inner = width / motion.dimensionDivisor();
        attention(layout, attention, width, inner, width, motion.heads());
        if (motion.positionEncoding()) {
          layout.tensor(attention + ".pos_encoder.pe", 1, motion.maxFrames(), width);
        }
      }
      layout.layerNorm(block + ".ff_norm", width);
      feedForward(layout, block + ".ff", width);
    }
    layout.linear(name + ".proj_out", width, width);
  }

  private static void attention(
      NetworkLayout layout, String name, int width, int inner, int context, int heads) {
    layout.projection(name + ".to_q", inner, width);
    layout.projection(name + ".to_k", inner, context);
    layout.projection(name + ".to_v", inner, context);
    layout.attention(inner, heads);
    layout.linear(name + ".to_out.0", width, inner);
  }

  private static void feedForward(NetworkLayout layout, String name, int width) {
    layout.linear(name + ".net.0.proj", 8 * width, width);
    layout.linear(name + ".net.2", width, 4 * width);
  }
}
