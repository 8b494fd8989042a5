package io.latentsync.train.objective;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.face.blend.Mask;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.train.data.Gaussian;
import io.latentsync.train.data.TalkingFaces;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Trains the autoencoder to reproduce a face. The loss is the mean squared error of the pixels, the
 * mean absolute error of their horizontal and vertical differences (for sharp lips), and, with a
 * small weight, the latents' divergence from the standard normal distribution (Kingma and Welling,
 * "Auto-encoding variational Bayes", 2014). Some of the faces are masked, like the denoiser's
 * input.
 *
 * <p>Two more terms compare the mean colour of each latent's patch: in the decoded picture, and as
 * predicted from the latent by a linear layer. Without them the network learns the colours of skin
 * only, and the background next to a jaw loses its colour.
 */
public final class AutoencoderObjective implements Objective {
  private static final float EDGES = 0.1f;
  private static final float DIVERGENCE = 1e-4f;
  private static final float COLOUR = 5;
  private static final float LATENT_COLOUR = 3;
  private static final String COLOUR_WEIGHT = "colour.weight";
  private static final String COLOUR_BIAS = "colour.bias";
  private static final double MASKED_SHARE = 0.25;

  /** Weight of the pixels that dubbing does not change; the others have 1. */
  private static final float KEPT_WEIGHT = 0.3f;

  private final AutoencoderKl vae;
  private final TalkingFaces faces;
  private final float[] mask;
  private final int side;
  private final int crop;
  private final int batch;

  /**
   * An objective over random squares of random faces.
   *
   * @param side of the faces in pixels
   * @param crop side of the squares, a multiple of the autoencoder's down-sampling, at most side
   * @param batch squares per step
   * @throws InvalidInputException if no such squares can be cut
   */
  public AutoencoderObjective(
      AutoencoderKlConfig config, TalkingFaces faces, int side, int crop, int batch)
      throws InvalidInputException {
    requireCrop(config, side, crop);
    this.vae = AutoencoderKl.trainable(config, Device.cpu());
    this.faces = faces;
    this.mask = Mask.bundled(side).values();
    this.side = side;
    this.crop = crop;
    this.batch = batch;
  }

  /**
   * Checks the size of the squares.
   *
   * @param side of the faces in pixels
   * @param crop side of the squares
   */
  public static void requireCrop(AutoencoderKlConfig config, int side, int crop)
      throws InvalidInputException {
    if (crop < 1 || crop > side || crop % config.downsampling() != 0) {
      throw new InvalidInputException(
          "--crop is %d, but must be a multiple of %d up to %d"
              .formatted(crop, config.downsampling(), side));
    }
  }

  @Override
  public SortedMap<String, long[]> weights() {
    SortedMap<String, long[]> weights = new TreeMap<>(vae.config().tensors());
    weights.put(COLOUR_WEIGHT, new long[] {3, vae.config().latentChannels(), 1, 1});
    weights.put(COLOUR_BIAS, new long[] {3});
    return weights;
  }

  @Override
  public NDArray loss(NDManager step, Map<String, NDArray> weights, Random random)
      throws IOException {
    vae.weights(vaeOf(weights));
    Squares squares = sample(step, random);
    NDArray pictures = squares.pictures();
    NDArray weight = squares.weight();
    AutoencoderKl.Posterior posterior = vae.encode(pictures);
    NDArray mean = posterior.mean();
    NDArray logvar = posterior.logvar();
    NDArray noise = Gaussian.of(step, random, mean.getShape());
    NDArray latents = mean.add(logvar.mul(0.5f).exp().mul(noise));
    NDArray decoded = vae.decode(latents);

    NDArray error = decoded.sub(pictures);
    NDArray right = error.get(new NDIndex(":,:,:,1:")).sub(error.get(new NDIndex(":,:,:,:-1")));
    NDArray below = error.get(new NDIndex(":,:,1:,:")).sub(error.get(new NDIndex(":,:,:-1,:")));
    NDArray edges =
        mean(right.abs(), weight.get(new NDIndex(":,:,:,1:")))
            .add(mean(below.abs(), weight.get(new NDIndex(":,:,1:,:"))));
    NDArray divergence = mean.square().add(logvar.exp()).sub(logvar).sub(1).mul(0.5f).mean();
    return mean(error.square(), weight)
        .add(patchColours(error).square().mean().mul(COLOUR))
        .add(colourError(weights, latents, pictures).mul(LATENT_COLOUR))
        .add(edges.mul(EDGES))
        .add(divergence.mul(DIVERGENCE));
  }

  /**
   * Mean squared error of a patch's mean colour as predicted from its latent by a linear layer that
   * is used only in training. Its short gradient path makes the encoder learn colours early.
   */
  private NDArray colourError(Map<String, NDArray> weights, NDArray latents, NDArray pictures) {
    NDArray predicted =
        Conv2d.conv2d(latents, weights.get(COLOUR_WEIGHT), weights.get(COLOUR_BIAS))
            .singletonOrThrow();
    return predicted.sub(patchColours(pictures)).square().mean();
  }

  /** The mean of each latent's patch, [b,3,h,w] of the latents' height and width. */
  private NDArray patchColours(NDArray pictures) {
    long patch = vae.config().downsampling();
    long patches = crop / patch;
    return pictures
        .reshape(batch, 3, patches, patch, patches, patch)
        .mean(new int[] {5})
        .mean(new int[] {3});
  }

  /** Weighted mean over squares, colours and pixels. */
  private static NDArray mean(NDArray errors, NDArray weight) {
    return errors.mul(weight).mean().div(weight.mean());
  }

  /**
   * The data of a step.
   *
   * @param pictures [b,3,crop,crop] in [−1,1]
   * @param weight of the pixels, [b,1,crop,crop]
   */
  private record Squares(NDArray pictures, NDArray weight) {}

  private Squares sample(NDManager step, Random random) throws IOException {
    float[] pictures = new float[batch * 3 * crop * crop];
    float[] weight = new float[batch * crop * crop];
    int at = 0;
    int atWeight = 0;
    for (int i = 0; i < batch; i++) {
      TalkingFaces.Clip clip = faces.clip(random.nextInt(faces.clips()));
      float[] face = FacePixels.of(clip.faces().get(random.nextInt(clip.faces().size())));
      if (face.length != 3 * side * side) {
        throw new IOException(
            "the faces have %d values, but must be of %d × %d pixels"
                .formatted(face.length, side, side));
      }
      int left = random.nextInt(side - crop + 1);
      int top = random.nextInt(side - crop + 1);
      boolean masked = random.nextDouble() < MASKED_SHARE && shows(left, top);
      for (int y = top; y < top + crop; y++) {
        for (int x = left; x < left + crop; x++) {
          weight[atWeight++] = 1 - (1 - KEPT_WEIGHT) * mask[y * side + x];
        }
      }
      for (int channel = 0; channel < 3; channel++) {
        for (int y = top; y < top + crop; y++) {
          for (int x = left; x < left + crop; x++) {
            int pixel = y * side + x;
            pictures[at++] = face[channel * side * side + pixel] * (masked ? mask[pixel] : 1);
          }
        }
      }
    }
    return new Squares(
        step.create(pictures, new Shape(batch, 3, crop, crop)),
        step.create(weight, new Shape(batch, 1, crop, crop)));
  }

  /**
   * Whether the mask leaves any pixel of a square visible. A fully hidden square has nothing to
   * learn, and normalisation of a constant picture has unbounded gradients.
   */
  private boolean shows(int left, int top) {
    for (int y = top; y < top + crop; y++) {
      for (int x = left; x < left + crop; x++) {
        if (mask[y * side + x] > 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** The autoencoder's weights, without prefix. */
  public <T> SortedMap<String, T> vaeOf(Map<String, T> weights) {
    SortedMap<String, T> vaes = new TreeMap<>(weights);
    vaes.keySet().retainAll(vae.config().tensors().keySet());
    return vaes;
  }

  @Override
  public void close() {
    vae.close();
  }
}
