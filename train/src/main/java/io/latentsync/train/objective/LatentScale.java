package io.latentsync.train.objective;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.image.RgbImage;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.train.data.TalkingFaces;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Normalises the latents of an autoencoder per channel, by changing its innermost convolutions:
 * mean 0, and variance 1 after the fixed {@link AutoencoderKlConfig#SCALING_FACTOR}. Decoded
 * pictures stay the same.
 */
public final class LatentScale {
  private static final int FACES = 64;

  private LatentScale() {}

  /**
   * The changed weights.
   *
   * @param manager owner of the result
   * @param config of an autoencoder with both of its 1×1 convolutions
   * @param faces clips whose faces the latents are measured on
   */
  public static SortedMap<String, NDArray> normalise(
      NDManager manager,
      AutoencoderKlConfig config,
      SortedMap<String, NDArray> weights,
      TalkingFaces faces)
      throws IOException {
    if (!config.quantConv() || !config.postQuantConv()) {
      throw new InvalidInputException(
          "use_quant_conv and use_post_quant_conv must be true where latents are to be scaled");
    }
    int channels = config.latentChannels();
    NDArray latents = latents(manager, config, weights, faces); // [c,n]
    NDArray mean = latents.mean(new int[] {1}); // [c]
    NDArray deviation = latents.sub(mean.reshape(channels, 1)).square().mean(new int[] {1}).sqrt();
    NDArray scale = deviation.mul((float) AutoencoderKlConfig.SCALING_FACTOR).pow(-1); // [c]

    SortedMap<String, NDArray> changed = new TreeMap<>(weights);
    NDArray ones = manager.ones(new Shape(channels));
    NDArray rows = NDArrays.concat(new NDList(scale, ones)).reshape(2L * channels, 1, 1, 1);
    changed.computeIfPresent("quant_conv.weight", (name, weight) -> weight.mul(rows));
    changed.computeIfPresent(
        "quant_conv.bias",
        (name, bias) -> {
          NDArray means = bias.get(new NDIndex(":{}", channels)).sub(mean).mul(scale);
          NDArray logvars = bias.get(new NDIndex("{}:", channels)).add(scale.log().mul(2));
          return NDArrays.concat(new NDList(means, logvars));
        });
    NDArray kernel = weights.get("post_quant_conv.weight").reshape(channels, channels);
    changed.put(
        "post_quant_conv.weight",
        kernel.div(scale.reshape(1, channels)).reshape(channels, channels, 1, 1));
    changed.computeIfPresent(
        "post_quant_conv.bias",
        (name, bias) -> bias.add(kernel.matMul(mean.reshape(channels, 1)).reshape(channels)));
    return changed;
  }

  private static NDArray latents(
      NDManager manager,
      AutoencoderKlConfig config,
      Map<String, NDArray> weights,
      TalkingFaces faces)
      throws IOException {
    NDList means = new NDList();
    try (AutoencoderKl vae = AutoencoderKl.trainable(config, Device.cpu())) {
      vae.weights(weights);
      for (int i = 0; i < FACES; i++) {
        TalkingFaces.Clip clip = faces.clip((int) ((long) i * faces.clips() / FACES));
        RgbImage face = clip.faces().get((int) ((long) i * 31 % clip.faces().size()));
        Shape shape = new Shape(1, 3, face.height(), face.width());
        NDArray mean = vae.encode(manager.create(FacePixels.of(face), shape)).mean();
        means.add(mean.stopGradient());
      }
    }
    return NDArrays.concat(means).swapAxes(0, 1).reshape(config.latentChannels(), -1);
  }
}
