package io.latentsync.train.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.Lists;
import io.latentsync.face.blend.FacePixels;
import io.latentsync.image.RgbImage;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;

/**
 * A clip encoded for the denoiser. It does not change while the denoiser is trained.
 *
 * @param first frame of the speech to which the first face belongs
 * @param faces posterior of the target faces, [n,4,h,w]; there may be fewer than frames
 * @param sources posterior of the source faces, [n,4,h,w]
 * @param masked posterior of the masked source faces, [n,4,h,w]
 * @param mel spectrogram of the speech, [1,80,c]
 * @param mouths the mouths' values, [n,5]
 */
public record LatentClip(
    int first, Latents faces, Latents sources, Latents masked, NDArray mel, NDArray mouths)
    implements Spoken {
  /** Faces that are encoded together. */
  private static final int BATCH = 16;

  /**
   * Posterior distributions of latents, scaled to variance 1.
   *
   * @param mean [n,4,h,w]
   * @param deviation [n,4,h,w]
   */
  public record Latents(NDArray mean, NDArray deviation) {

    /** A sample of some frames, [1,4,f,h,w]. */
    public NDArray sample(NDManager manager, Random random, int first, int count) {
      NDIndex range = new NDIndex("{}:{}", first, first + count);
      NDArray middle = mean.get(manager, range);
      NDArray noise = Gaussian.of(manager, random, middle.getShape());
      NDArray sample = middle.add(deviation.get(manager, range).mul(noise));
      return sample.swapAxes(0, 1).expandDims(0);
    }
  }

  /** The number of faces. */
  public int shown() {
    return (int) faces.mean().getShape().get(0);
  }

  /**
   * Encodes a clip.
   *
   * @param manager owner of the result
   * @param keep the mask [1,R,R]: 1 keeps the pixel
   */
  public static LatentClip of(
      NDManager manager, TalkingFaces.Clip clip, AutoencoderKl vae, NDArray keep)
      throws IOException {
    Utterance utterance = new Utterance(clip.speech(), clip.mouths());
    NDList mean = new NDList();
    NDList deviation = new NDList();
    NDList sourceMean = new NDList();
    NDList sourceDeviation = new NDList();
    NDList maskedMean = new NDList();
    NDList maskedDeviation = new NDList();
    try (NDManager scope = manager.newSubManager()) {
      scope.tempAttachAll(keep);
      for (List<RgbImage> faces : Lists.partition(clip.faces(), BATCH)) {
        encode(vae, pixels(scope, faces), mean, deviation);
      }
      for (List<RgbImage> sources : Lists.partition(clip.sources(), BATCH)) {
        NDArray pixels = pixels(scope, sources);
        encode(vae, pixels, sourceMean, sourceDeviation);
        encode(vae, pixels.mul(keep), maskedMean, maskedDeviation);
      }
      return new LatentClip(
          clip.first(),
          new Latents(join(manager, mean), join(manager, deviation)),
          new Latents(join(manager, sourceMean), join(manager, sourceDeviation)),
          new Latents(join(manager, maskedMean), join(manager, maskedDeviation)),
          utterance.mel(manager),
          utterance.mouths(manager));
    }
  }

  /** [n,3,R,R] in [−1,1]. */
  private static NDArray pixels(NDManager manager, List<RgbImage> faces) {
    RgbImage first = faces.get(0);
    FloatBuffer pixels = FloatBuffer.allocate(3 * first.width() * first.height() * faces.size());
    faces.forEach(face -> pixels.put(FacePixels.of(face)));
    return manager.create(
        pixels.array(), new Shape(faces.size(), 3, first.height(), first.width()));
  }

  private static void encode(AutoencoderKl vae, NDArray pixels, NDList mean, NDList deviation) {
    float scale = (float) AutoencoderKlConfig.SCALING_FACTOR;
    AutoencoderKl.Posterior posterior = vae.encode(pixels);
    mean.add(posterior.mean().mul(scale));
    deviation.add(posterior.logvar().mul(0.5f).exp().mul(scale));
  }

  private static NDArray join(NDManager manager, NDList frames) {
    NDArray all = NDArrays.concat(frames);
    all.attach(manager);
    return all;
  }
}
