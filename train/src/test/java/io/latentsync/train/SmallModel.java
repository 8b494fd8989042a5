package io.latentsync.train;

import io.latentsync.train.objective.NetworkConfigs;
import java.io.IOException;

/** A model small enough to be trained within a test. */
public final class SmallModel {
  private static final String UNET =
      """
      data: {resolution: 32, num_frames: 4}
      scheduler: {prediction_type: sample}
      model:
        attention_head_dim: 4
        add_audio_layer: true
        block_out_channels: [32, 32]
        cross_attention_dim: 16
        down_block_types: [CrossAttnDownBlock3D, DownBlock3D]
        up_block_types: [UpBlock3D, CrossAttnUpBlock3D]
        in_channels: 13
        out_channels: 4
        layers_per_block: 1
        norm_eps: 1.0e-5
        norm_num_groups: 8
        use_motion_module: true
        motion_module_resolutions: [1]
        motion_module_mid_block: false
        motion_module_decoder_only: true
        motion_module_type: Vanilla
        motion_module_kwargs:
          num_attention_heads: 4
          num_transformer_block: 1
          attention_block_types: [Temporal_Self]
          temporal_position_encoding: true
          temporal_position_encoding_max_len: 24
          temporal_attention_dim_div: 1
      """;
  private static final String VAE =
      """
      {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 1,
       "block_out_channels": [8, 16, 16, 16], "norm_num_groups": 4,
       "mid_block_add_attention": false,
       "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D",
                            "DownEncoderBlock2D"],
       "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D",
                          "UpDecoderBlock2D"]}
      """;
  private static final String WHISPER =
      """
      {"n_mels": 80, "n_audio_ctx": 1500, "n_audio_state": 16, "n_audio_head": 2, "n_audio_layer": 1}
      """;

  private SmallModel() {}

  public static NetworkConfigs config() throws IOException {
    return NetworkConfigs.parse(UNET, VAE, WHISPER);
  }
}
