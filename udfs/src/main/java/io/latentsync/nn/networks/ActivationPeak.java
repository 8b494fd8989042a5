package io.latentsync.nn.networks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;

/**
 * The peak number of activation values during a network's call or a step of its training, without
 * weights, gradients and inputs. The class follows the networks' TorchScript with sizes instead of
 * tensors: it adds the size of each operator's result and subtracts it after the last use, as the
 * interpreter allocates and frees memory. Views need no memory. Attention scores are not counted,
 * because fused kernels do not store them.
 *
 * <p>The values have the weights' element type. Allocators need some per cent more memory.
 */
public final class ActivationPeak {
  private final SortedMap<String, long[]> tensors;
  private final long batch;
  private final long frames;
  private long held;
  private long peak;

  /** All results so far, those of the finished parts, and the largest part's. */
  private long allocated;

  private long allocatedBefore;
  private long largestPart;

  /** The results of the parts, which are the next parts' inputs. */
  private long results;

  /**
   * @param batch number of clips or pictures
   * @param frames frames per clip; 0 for pictures
   */
  private ActivationPeak(SortedMap<String, long[]> tensors, long batch, long frames) {
    this.tensors = tensors;
    this.batch = batch;
    this.frames = frames;
  }

  /** Features of a layer: channels of square pictures. */
  private record Features(long channels, long side) {}

  /**
   * The peak of one pass of the UNet.
   *
   * @param batch number of chunks; with guidance, twice that number
   * @param frames frames per chunk
   * @param side side of the latents
   */
  public static long denoise(UNet3dConfig config, int batch, int frames, int side) {
    ActivationPeak network = new ActivationPeak(config.tensors(), batch, frames);
    network.unet(config, side);
    return network.peak;
  }

  /**
   * The peak of one call that encodes pictures.
   *
   * @param pictures number of pictures
   * @param side of a picture
   */
  public static long encode(AutoencoderKlConfig config, int pictures, int side) {
    ActivationPeak network = new ActivationPeak(config.tensors(), pictures, 0);
    network.encoder(config, side);
    return network.peak;
  }

  /**
   * The peak of one call that decodes pictures.
   *
   * @param pictures number of pictures
   * @param side of a picture
   */
  public static long decode(AutoencoderKlConfig config, int pictures, int side) {
    ActivationPeak network = new ActivationPeak(config.tensors(), pictures, 0);
    network.decoder(config, side);
    return network.peak;
  }

  /**
   * The values of a training step of the UNet. This is an upper bound: autograd keeps most
   * operators' results, but not all.
   *
   * @param checkpoints whether each part is computed again in the backward pass
   * @see #denoise
   */
  public static long trainDenoiser(
      UNet3dConfig config, int batch, int frames, int side, boolean checkpoints) {
    ActivationPeak network = new ActivationPeak(config.tensors(), batch, frames);
    network.unet(config, side);
    return checkpoints ? network.results + network.largestPart : network.allocated;
  }

  /**
   * The values of a training step of the decoder, an upper bound.
   *
   * @param checkpoints whether each part of each picture is computed again in the backward pass
   * @see #decode
   */
  public static long trainDecoder(
      AutoencoderKlConfig config, int pictures, int side, boolean checkpoints) {
    ActivationPeak picture = new ActivationPeak(config.tensors(), 1, 0);
    picture.decoder(config, side);
    return checkpoints
        ? pictures * picture.results + picture.largestPart
        : pictures * picture.allocated;
  }

  private boolean has(String name) {
    return tensors.containsKey(name);
  }

  private long out(String layer) {
    return tensors.get(layer + ".weight")[0];
  }

  private long values(long channels, long side) {
    return batch * Math.max(frames, 1) * channels * side * side;
  }

  private long size(Features features) {
    return values(features.channels(), features.side());
  }

  private void allocate(long values) {
    allocated += values;
    held += values;
    peak = Math.max(peak, held);
  }

  private void free(long values) {
    held -= values;
  }

  /** Ends a part of the network that has a gradient checkpoint before it. */
  private void endPart(long result) {
    largestPart = Math.max(largestPart, allocated - allocatedBefore);
    allocatedBefore = allocated;
    results += result;
  }

  /** An operator whose input is freed afterwards. */
  private void replace(long before, long after) {
    allocate(after);
    free(before);
  }

  /** Adds the copy that a clip's change of layout needs. Pictures have only one layout. */
  private void allocateCopy(long values) {
    if (frames > 0) {
      allocate(values);
    }
  }

  private void freeCopy(long values) {
    if (frames > 0) {
      free(values);
    }
  }

  private void unet(UNet3dConfig config, int side) {
    int levels = config.levels();
    int layers = config.layersPerBlock();
    Deque<Features> skips = new ArrayDeque<>();
    Features x = new Features(out("conv_in"), side);
    allocate(values(config.inChannels(), side)); // in the weights' element type
    replace(values(config.inChannels(), side), size(x));
    endPart(size(x));
    skips.push(x);
    for (int i = 0; i < levels; i++) {
      String block = "down_blocks." + i;
      for (int j = 0; j < layers; j++) {
        x = layer(x, block, j);
        endPart(size(x));
        skips.push(x);
      }
      if (has(block + ".downsamplers.0.conv.weight")) {
        x = new Features(x.channels(), (x.side() + 1) / 2);
        allocate(size(x));
        endPart(size(x));
        skips.push(x);
      }
    }
    x = layer(x, "mid_block", 0);
    endPart(size(x));
    Features middle = resnet(x, "mid_block.resnets.1");
    endPart(size(middle));
    free(size(x));
    x = middle;
    for (int i = 0; i < levels; i++) {
      String block = "up_blocks." + i;
      for (int j = 0; j <= layers; j++) {
        Features skip = skips.pop();
        Features both = new Features(x.channels() + skip.channels(), skip.side());
        allocate(size(both));
        if (!skips.isEmpty()) { // DeepCache may keep the last layer's input.
          free(size(x));
        }
        free(size(skip));
        x = layer(both, block, j);
        endPart(size(x));
        free(size(both));
      }
      if (has(block + ".upsamplers.0.conv.weight")) {
        Features larger = new Features(x.channels(), skips.element().side());
        replace(size(x), size(larger));
        allocateCopy(size(larger));
        replace(size(larger), size(larger));
        freeCopy(size(larger));
        endPart(size(larger));
        x = larger;
      }
    }
    head(x, out("conv_out"));
  }

  private void encoder(AutoencoderKlConfig config, int side) {
    Features x = new Features(out("encoder.conv_in"), side);
    allocate(values(config.inChannels(), side)); // in the weights' element type
    replace(values(config.inChannels(), side), size(x));
    for (int i = 0; i < config.levels(); i++) {
      String block = "encoder.down_blocks." + i;
      x = resnets(x, block, config.layersPerBlock());
      if (has(block + ".downsamplers.0.conv.weight")) {
        long padded = values(x.channels(), x.side() + 1);
        replace(size(x), padded);
        x = new Features(x.channels(), x.side() / 2);
        replace(padded, size(x));
      }
    }
    x = middleOfAutoencoder(x, "encoder.mid_block");
    head(x, out("encoder.conv_out"));
  }

  private void decoder(AutoencoderKlConfig config, int side) {
    int smallest = side / config.downsampling();
    Features x = new Features(out("decoder.conv_in"), smallest);
    allocate(size(x));
    x = middleOfAutoencoder(x, "decoder.mid_block");
    endPart(size(x));
    for (int i = 0; i < config.levels(); i++) {
      String block = "decoder.up_blocks." + i;
      x = resnets(x, block, config.layersPerBlock() + 1);
      if (has(block + ".upsamplers.0.conv.weight")) {
        Features larger = new Features(x.channels(), 2 * x.side());
        replace(size(x), size(larger));
        replace(size(larger), size(larger));
        endPart(size(larger));
        x = larger;
      }
    }
    head(x, out("decoder.conv_out"));
  }

  private Features resnets(Features first, String block, int count) {
    Features x = first;
    for (int j = 0; j < count; j++) {
      Features y = resnet(x, block + ".resnets." + j);
      endPart(size(y));
      free(size(x));
      x = y;
    }
    return x;
  }

  private Features middleOfAutoencoder(Features x, String name) {
    Features y = resnet(x, name + ".resnets.0");
    free(size(x));
    if (has(name + ".attentions.0.group_norm.weight")) {
      long each = size(y);
      allocate(each); // normalised
      attention(each, each);
      replace(2 * each, each);
    }
    Features z = resnet(y, name + ".resnets.1");
    free(size(y));
    return z;
  }

  /** Normalisation, activation and convolution. The features are freed afterwards. */
  private void head(Features x, long channels) {
    normaliseLast(size(x));
    convolve(size(x), values(channels, x.side()));
    endPart(values(channels, x.side()));
    free(values(channels, x.side()));
  }

  /** Adds the normalised and activated features. The input is kept. */
  private void normalise(long x) {
    allocateCopy(x);
    allocate(x);
    freeCopy(x);
    replace(x, x);
  }

  /** Like {@code normalise}, but frees the input. */
  private void normaliseLast(long x) {
    allocateCopy(x);
    allocate(x);
    freeCopy(x);
    free(x);
    replace(x, x);
  }

  /** Adds the result and frees the contiguous input. */
  private void convolve(long before, long after) {
    allocateCopy(before);
    allocate(after);
    freeCopy(before);
    free(before);
  }

  /** Adds the result. The input is kept. */
  private Features resnet(Features x, String name) {
    Features y = new Features(out(name + ".conv1"), x.side());
    long in = size(x);
    long out = size(y);
    normalise(in);
    convolve(in, out);
    if (has(name + ".time_emb_proj.weight")) {
      replace(out, out);
    }
    normaliseLast(out);
    convolve(out, out);
    if (has(name + ".conv_shortcut.weight")) {
      allocateCopy(in);
      allocate(out);
      freeCopy(in);
      allocate(out);
      free(2 * out);
    } else {
      replace(out, out);
    }
    return y;
  }

  /** Adds the result. The input is kept. */
  private Features layer(Features x, String block, int i) {
    Features y = resnet(x, block + ".resnets." + i);
    String spatial = block + ".attentions." + i;
    if (has(spatial + ".norm.weight")) {
      transformer(size(y), spatial + ".transformer_blocks.");
    }
    String temporal = block + ".motion_modules." + i + ".temporal_transformer";
    if (has(temporal + ".norm.weight")) {
      transformer(size(y), temporal + ".transformer_blocks.");
    }
    return y;
  }

  /** Replaces the features by the result. The tokens have as many values as the features. */
  private void transformer(long x, String blocks) {
    allocate(x); // normalised
    replace(x, x); // projected, or turned to tokens
    replace(x, x);
    for (int i = 0; ; i++) {
      String block = blocks + i;
      if (has(block + ".norm1.weight")) {
        allocate(x); // normalised
        attention(x, x);
        replace(2 * x, x);
        if (has(block + ".norm2.weight")) {
          allocate(x);
          attention(x, 0); // keys and values of the speech are small
          replace(2 * x, x);
        }
      } else if (has(block + ".ff_norm.weight")) {
        for (int j = 0; has(block + ".norms." + j + ".weight"); j++) {
          allocate(x);
          if (has(block + ".attention_blocks." + j + ".pos_encoder.pe")) {
            replace(x, x);
          }
          attention(x, x);
          replace(2 * x, x);
        }
      } else {
        break;
      }
      feedForward(x, block + ".ff.net.");
      replace(2 * x, x);
    }
    replace(x, x); // projected, or turned to pictures
    replace(x, x);
    allocate(x); // the sum with the input
    free(2 * x);
  }

  /** Replaces the normalised tokens by the result. */
  private void attention(long x, long context) {
    allocate(x); // queries
    allocate(2 * context); // keys and values
    free(x); // the normalised tokens
    allocate(x); // attention
    free(x + 2 * context);
    replace(x, x);
  }

  /** Adds the result: GEGLU of a projection to twice the inner width. */
  private void feedForward(long x, String net) {
    long[] projection = tensors.get(net + "0.proj.weight");
    long twice = x / projection[1] * projection[0];
    allocate(x); // normalised
    allocate(twice);
    free(x);
    allocate(twice / 2); // GELU of one half
    allocate(twice / 2); // times the other
    free(twice + twice / 2);
    replace(twice / 2, x);
  }
}
