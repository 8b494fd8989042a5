package io.latentsync.train.decoder;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.image.RgbImage;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import io.latentsync.nn.torch.GradientCheckpoints;
import io.latentsync.train.data.Gaussian;
import io.latentsync.train.evaluation.MouthRegion;
import io.latentsync.train.objective.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Trains the decoder of an autoencoder to reproduce faces from their latents. The encoder does not
 * change, so latents keep their meaning for the denoiser.
 *
 * <p>The loss is the Charbonnier distance of the pixels, √(x² + ε²) − ε (Charbonnier et al., "Two
 * deterministic half-quadratic regularization algorithms for computed imaging", 1994), and that of
 * the Laplacians of the picture and of the picture at half size, which weights edges and fine
 * texture. The mouth region has a larger weight.
 */
public final class DecoderObjective implements Objective {
  private static final float EPSILON = 1e-3f;

  private final AutoencoderKl vae;
  private final SortedMap<String, NDArray> encoder;
  private final NDManager manager;
  private final DecoderOptions options;
  private final List<Face> faces = new ArrayList<>();
  private final NDArray weight;
  private final GradientCheckpoints checkpoints = new GradientCheckpoints();

  /** A face with its latents, which are computed once. */
  private static final class Face {
    private final RgbImage picture;

    /** Mean and standard deviation, [1,4,h,w] each; null before the first use. */
    private NDList latents;

    Face(RgbImage picture) {
      this.picture = picture;
    }
  }

  /**
   * An objective over faces in memory.
   *
   * @param parent a manager on the device; not closed
   * @param weights all weights of the autoencoder, on the device; not closed
   * @param training faces, squares of equal side
   */
  public DecoderObjective(
      NDManager parent,
      AutoencoderKlConfig config,
      SortedMap<String, NDArray> weights,
      List<RgbImage> training,
      DecoderOptions options) {
    this.manager = parent.newSubManager();
    this.vae = AutoencoderKl.trainable(config, parent.getDevice());
    this.encoder = new TreeMap<>(weights);
    encoder.keySet().removeAll(decoderOf(config, weights).keySet());
    this.options = options;
    training.forEach(picture -> faces.add(new Face(picture)));
    int side = training.get(0).width();
    this.weight =
        TorchArrays.of(
            manager,
            MouthRegion.weights(side, (float) options.mouthWeight()),
            new Shape(1, 1, side, side));
  }

  /** The tensors that decoding uses. */
  static <T> SortedMap<String, T> decoderOf(AutoencoderKlConfig config, Map<String, T> tensors) {
    SortedMap<String, T> decoder = new TreeMap<>(tensors);
    decoder.keySet().retainAll(config.tensors().keySet());
    decoder
        .keySet()
        .removeIf(name -> !name.startsWith("decoder.") && !name.startsWith("post_quant_conv."));
    return decoder;
  }

  @Override
  public SortedMap<String, long[]> weights() {
    return decoderOf(vae.config(), vae.config().tensors());
  }

  @Override
  public NDArray loss(NDManager step, Map<String, NDArray> weights, Random random) {
    use(weights);
    NDList pictures = new NDList();
    NDList latents = new NDList();
    for (int i = 0; i < options.faces(); i++) {
      Face face = faces.get(random.nextInt(faces.size()));
      if (face.latents == null) {
        face.latents = encode(manager, face.picture);
      }
      pictures.add(pixels(step, face.picture));
      NDArray mean = face.latents.get(0);
      NDArray noise = Gaussian.of(step, random, mean.getShape());
      latents.add(noise.mul(face.latents.get(1)).add(mean));
    }
    NDArray given = joined(latents);
    NDArray decoded = options.checkpointing() ? vae.decode(checkpoints, given) : vae.decode(given);
    return distance(decoded.sub(joined(pictures)));
  }

  @Override
  public void backward(GradientCollector collector, NDArray loss) {
    if (options.checkpointing()) {
      checkpoints.backward(loss);
    } else {
      collector.backward(loss);
    }
  }

  /**
   * The mean loss of faces, without noise and gradients.
   *
   * @param weights of the decoder
   */
  double loss(Map<String, NDArray> weights, List<RgbImage> pictures) {
    use(weights);
    double sum = 0;
    for (RgbImage picture : pictures) {
      try (NDManager scope = manager.newSubManager()) {
        NDArray decoded = vae.decode(encode(scope, picture).get(0));
        sum += distance(decoded.sub(pixels(scope, picture))).getFloat();
      }
    }
    return sum / pictures.size();
  }

  /**
   * Encodes and decodes faces.
   *
   * @param weights of the decoder
   */
  List<RgbImage> decode(Map<String, NDArray> weights, List<RgbImage> pictures) {
    use(weights);
    List<RgbImage> decoded = new ArrayList<>();
    for (RgbImage picture : pictures) {
      try (NDManager scope = manager.newSubManager()) {
        NDArray pixels = vae.decode(encode(scope, picture).get(0)).toDevice(Device.cpu(), false);
        decoded.add(picture(pixels.toFloatArray(), picture.width(), picture.height()));
      }
    }
    return decoded;
  }

  private void use(Map<String, NDArray> decoder) {
    Map<String, NDArray> all = new TreeMap<>(encoder);
    all.putAll(decoder);
    vae.weights(all);
  }

  /** Mean and standard deviation of a picture's latents. */
  private NDList encode(NDManager owner, RgbImage picture) {
    try (NDManager scope = owner.newSubManager()) {
      AutoencoderKl.Posterior posterior = vae.encode(pixels(scope, picture));
      NDList latents =
          new NDList(posterior.mean().stopGradient(), posterior.logvar().mul(0.5f).exp());
      latents.attach(owner);
      return latents;
    }
  }

  private NDArray distance(NDArray error) {
    NDArray half = halved(error);
    NDArray edges =
        mean(laplacian(error), inner(weight)).add(mean(laplacian(half), inner(halved(weight))));
    return mean(error, weight).add(edges.mul((float) options.edges()));
  }

  /** The weighted mean of the Charbonnier distance. */
  private static NDArray mean(NDArray error, NDArray weight) {
    NDArray distance = error.square().add(EPSILON * EPSILON).sqrt().sub(EPSILON);
    return distance.mul(weight).mean().div(weight.mean());
  }

  /** The mean of the four neighbours' differences, without the outermost pixels. */
  private static NDArray laplacian(NDArray x) {
    return inner(x)
        .mul(4)
        .sub(x.get(new NDIndex(":,:,:-2,1:-1")))
        .sub(x.get(new NDIndex(":,:,2:,1:-1")))
        .sub(x.get(new NDIndex(":,:,1:-1,:-2")))
        .sub(x.get(new NDIndex(":,:,1:-1,2:")))
        .div(4);
  }

  private static NDArray inner(NDArray x) {
    return x.get(new NDIndex(":,:,1:-1,1:-1"));
  }

  /** Means of 2 × 2 pixels. */
  private static NDArray halved(NDArray x) {
    Shape shape = x.getShape();
    return x.reshape(shape.get(0), shape.get(1), shape.get(2) / 2, 2, shape.get(3) / 2, 2)
        .mean(new int[] {5})
        .mean(new int[] {3});
  }

  /** DJL copies a single array, and the copy passes no gradient. */
  private static NDArray joined(NDList arrays) {
    return arrays.size() == 1 ? arrays.get(0) : NDArrays.concat(arrays);
  }

  private static NDArray pixels(NDManager owner, RgbImage picture) {
    Shape shape = new Shape(1, 3, picture.height(), picture.width());
    return TorchArrays.of(owner, FacePixels.of(picture), shape);
  }

  private static RgbImage picture(float[] planes, int width, int height) {
    byte[] pixels = new byte[planes.length];
    int plane = width * height;
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        float value = Math.min(1, Math.max(-1, planes[c * plane + i]));
        pixels[3 * i + c] = (byte) Math.round((value + 1) / 2 * 255);
      }
    }
    return new RgbImage(width, height, pixels);
  }

  @Override
  public void close() {
    vae.close();
    manager.close();
  }
}
