package io.latentsync.nn.networks;

import java.util.Map;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Floating-point operations of the networks for one frame: two for each weight at each position,
 * and those of the attention between positions. Normalisations and activations are not counted, so
 * the result is slightly too small.
 */
public final class Flops {
  private static final Pattern BLOCK = Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(.*)");

  private Flops() {}

  /**
   * One full pass of the UNet.
   *
   * @param side side of the latents
   * @param audioRows rows of audio features that a frame attends to
   */
  public static double denoise(UNet3dConfig config, int side, int audioRows) {
    return denoise(config, side, audioRows, name -> true);
  }

  /**
   * One short pass of DeepCache: the first and last convolutions, and the last layer of the last up
   * block.
   *
   * @param side side of the latents
   * @param audioRows rows of audio features that a frame attends to
   */
  public static double denoiseShort(UNet3dConfig config, int side, int audioRows) {
    Pattern lastLayer =
        Pattern.compile(
            "up_blocks\\.%d\\.(resnets|attentions|motion_modules)\\.%d\\..*"
                .formatted(config.levels() - 1, config.layersPerBlock()));
    return denoise(
        config,
        side,
        audioRows,
        name -> name.startsWith("conv_") || lastLayer.matcher(name).matches());
  }

  private static double denoise(
      UNet3dConfig config, int side, int audioRows, Predicate<String> counted) {
    return count(
        config.tensors(),
        name -> counted.test(name) && !name.contains("time_emb"),
        name -> level(name, config.levels()),
        side,
        audioRows);
  }

  /**
   * Encoding one picture.
   *
   * @param side side of the picture
   */
  public static double encode(AutoencoderKlConfig config, int side) {
    return autoencoder(config, side, name -> name.startsWith("encoder."));
  }

  /**
   * Decoding one picture.
   *
   * @param side side of the picture
   */
  public static double decode(AutoencoderKlConfig config, int side) {
    return autoencoder(config, side, name -> name.startsWith("decoder."));
  }

  private static double autoencoder(
      AutoencoderKlConfig config, int side, Predicate<String> counted) {
    int coarsest = config.levels() - 1;
    return count(
        config.tensors(),
        counted,
        name ->
            name.startsWith("encoder.conv_out") || name.startsWith("decoder.conv_in")
                ? coarsest
                : level(name.substring(name.indexOf('.') + 1), config.levels()),
        side,
        0);
  }

  /** The level of a layer's output: the number of times that the picture was halved. */
  private static int level(String name, int levels) {
    Matcher block = BLOCK.matcher(name);
    if (!block.matches()) {
      return name.startsWith("mid_block") ? levels - 1 : 0;
    }
    int index = Integer.parseInt(block.group(2));
    if (block.group(1).equals("down")) {
      return block.group(3).startsWith("downsamplers") ? index + 1 : index;
    }
    int level = levels - 1 - index;
    return block.group(3).startsWith("upsamplers") ? level - 1 : level;
  }

  private static double count(
      SortedMap<String, long[]> tensors,
      Predicate<String> counted,
      ToIntFunction<String> level,
      int side,
      int audioRows) {
    double flops = 0;
    for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
      String name = tensor.getKey();
      long[] shape = tensor.getValue();
      if (!name.endsWith(".weight") || shape.length < 2 || !counted.test(name)) {
        continue;
      }
      double width = side >> level.applyAsInt(name);
      double positions = width * width;
      boolean ofSpeech = name.contains("attn2.to_k") || name.contains("attn2.to_v");
      double elements = 1;
      for (long size : shape) {
        elements *= size;
      }
      flops += 2 * elements * (ofSpeech ? audioRows : positions);
      if (name.endsWith("to_q.weight") && !name.contains("attention_blocks")) {
        // Queries times keys, and scores times values.
        flops += 4 * shape[0] * positions * (name.contains("attn2") ? audioRows : positions);
      }
    }
    return flops;
  }
}
