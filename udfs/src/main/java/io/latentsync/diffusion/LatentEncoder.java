package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.latentsync.diffusion.Noise.Purpose;
import io.latentsync.memory.TorchArrays;
import io.latentsync.nn.networks.AutoencoderKl;
import io.latentsync.nn.networks.AutoencoderKlConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * Encodes faces into latents: samples of the autoencoder's posterior, scaled to variance 1. The
 * latents stay on the device; {@link #keep} copies them into the store. An object is for one run of
 * the sampler. Not thread-safe.
 */
final class LatentEncoder {
  private static final double HALF = 0.5;

  private final AutoencoderKl vae;
  private final Noise noise;
  private final LatentStore store;
  private final NDManager owner;
  private final DeviceNumbers numbers;
  private final List<Picture> encoded = new ArrayList<>();
  private final NDList encodedLatents = new NDList(); // each [m,4,h,w]

  /** One of the two pictures of a frame's face: masked or whole. */
  private record Picture(Purpose purpose, long frame) {}

  /**
   * The latents of faces.
   *
   * @param masked latents of the masked faces, [n,4,h,w]
   * @param reference latents of the whole faces, [n,4,h,w]
   */
  record Latents(NDArray masked, NDArray reference) {}

  /**
   * Creates an encoder for one run.
   *
   * @param owner owner of the latents
   * @param numbers contains at least {@link #numbers()}
   */
  LatentEncoder(
      AutoencoderKl vae, Noise noise, LatentStore store, NDManager owner, DeviceNumbers numbers) {
    this.vae = vae;
    this.noise = noise;
    this.store = store;
    this.owner = owner;
    this.numbers = numbers;
  }

  /** The constants of an encoder. */
  static DoubleStream numbers() {
    return DoubleStream.of(HALF, AutoencoderKlConfig.SCALING_FACTOR);
  }

  /**
   * Encodes the masked faces and the references. A frame that occurs several times is encoded only
   * once per picture.
   *
   * @param faces n faces, which are masked
   * @param references n faces, which are not
   * @param mask [1,R,R]
   */
  Latents encode(FaceCrops faces, FaceCrops references, NDArray mask) {
    Map<Purpose, FaceCrops> crops = Map.of(Purpose.MASKED, faces, Purpose.REFERENCE, references);
    Map<Picture, Integer> missing = new LinkedHashMap<>(); // with the index of its face
    Map<Picture, float[]> kept = new LinkedHashMap<>();
    for (Purpose purpose : Purpose.values()) {
      long[] frames = crops.get(purpose).frames();
      for (int i = 0; i < frames.length; i++) {
        Picture picture = new Picture(purpose, frames[i]);
        if (!missing.containsKey(picture) && !kept.containsKey(picture)) {
          Optional<float[]> found = store.find(picture.frame(), purpose);
          if (found.isPresent()) {
            kept.put(picture, found.get());
          } else {
            missing.put(picture, i);
          }
        }
      }
    }
    store.count(faces.frames().length + references.frames().length, missing.size());
    Map<Picture, NDArray> latents = new LinkedHashMap<>(); // each [4,h,w]
    put(latents, kept.keySet(), upload(List.copyOf(kept.values()), shape(faces.pixels())));
    put(latents, missing.keySet(), encode(crops, mask, missing));
    return new Latents(
        stack(latents, Purpose.MASKED, faces.frames()),
        stack(latents, Purpose.REFERENCE, references.frames()));
  }

  /** The shape of one face's latents, [4,h,w]. */
  private Shape shape(NDArray faces) {
    long side = faces.getShape().get(2) / vae.config().downsampling();
    return new Shape(vae.config().latentChannels(), side, side);
  }

  private NDList upload(List<float[]> values, Shape shape) {
    return values.isEmpty()
        ? new NDList()
        : new NDList(TorchArrays.ofParts(owner, values.size(), values::get, shape));
  }

  private NDList encode(
      Map<Purpose, FaceCrops> crops, NDArray mask, Map<Picture, Integer> missing) {
    if (missing.isEmpty()) {
      return new NDList();
    }
    List<Picture> pictures = List.copyOf(missing.keySet());
    Shape shape = shape(crops.get(Purpose.MASKED).pixels());
    int size = Math.toIntExact(shape.size());
    NDArray gaussian =
        TorchArrays.ofParts(
            owner,
            pictures.size(),
            i -> noise.posterior(pictures.get(i).purpose(), pictures.get(i).frame(), size),
            shape);
    NDList latents = new NDList();
    int together = vae.picturesPerCall();
    for (int first = 0; first < pictures.size(); first += together) {
      int last = Math.min(first + together, pictures.size());
      try (NDManager scope = owner.newSubManager()) {
        NDList batch = new NDList(); // each [1,3,R,R]
        for (Picture picture : pictures.subList(first, last)) {
          NDArray pixels = crops.get(picture.purpose()).pixels();
          NDArray face = pixels.get(scope, missing.get(picture)).expandDims(0);
          batch.add(picture.purpose() == Purpose.MASKED ? face.mul(mask) : face);
        }
        NDArray inputs = batch.size() == 1 ? batch.get(0) : NDArrays.concat(batch);
        NDArray ofBatch = sample(inputs, gaussian.get(first + ":" + last));
        ofBatch.attach(owner);
        latents.add(ofBatch);
      }
    }
    encoded.addAll(pictures);
    encodedLatents.addAll(latents);
    return latents;
  }

  /** A sample of each picture's posterior, scaled: [m,4,h,w]. */
  private NDArray sample(NDArray pictures, NDArray gaussian) {
    AutoencoderKl.Posterior posterior = vae.encode(pictures);
    NDArray deviation = posterior.logvar().mul(numbers.of(HALF)).exp();
    return posterior
        .mean()
        .add(deviation.mul(gaussian))
        .mul(numbers.of(AutoencoderKlConfig.SCALING_FACTOR));
  }

  private static void put(
      Map<Picture, NDArray> latents, Iterable<Picture> pictures, NDList batches) {
    NDList rows = new NDList();
    for (NDArray batch : batches) {
      for (int i = 0; i < batch.getShape().get(0); i++) {
        rows.add(batch.get(i));
      }
    }
    int next = 0;
    for (Picture picture : pictures) {
      latents.put(picture, rows.get(next++));
    }
  }

  private static NDArray stack(Map<Picture, NDArray> latents, Purpose purpose, long[] frames) {
    NDList rows = new NDList();
    for (long frame : frames) {
      rows.add(latents.get(new Picture(purpose, frame)));
    }
    return NDArrays.stack(rows);
  }

  /** Copies the newly encoded latents into the store in one transfer. */
  void keep() {
    if (encoded.isEmpty() || !store.keepsAnything()) {
      return;
    }
    try (NDArray all = NDArrays.concat(encodedLatents)) {
      float[][] values = TorchArrays.parts(all);
      for (int i = 0; i < values.length; i++) {
        store.keep(encoded.get(i).frame(), encoded.get(i).purpose(), values[i]);
      }
    }
  }
}
