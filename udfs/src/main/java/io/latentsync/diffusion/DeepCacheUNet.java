package io.latentsync.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.nn.networks.UNet3d;

/**
 * A UNet that keeps its deep features from one denoising step to the next, as {@link DeepCache}
 * describes. An object is for one run of the denoising loop. Not thread-safe.
 */
final class DeepCacheUNet {
  private final UNet3d unet;
  private final DeepCache deepCache;
  private final StepMemory deepFeatures;

  /**
   * Creates the network, without deep features.
   *
   * @param owner owner of the deep features
   */
  DeepCacheUNet(UNet3d unet, DeepCache deepCache, NDManager owner) {
    this.unet = unet;
    this.deepCache = deepCache;
    this.deepFeatures = new StepMemory(owner);
  }

  /**
   * The network's prediction.
   *
   * @param step index of the denoising step, from 0, in ascending order
   * @param sample [b,13,f,h,w]
   * @param timestep [1]
   * @param speech [b·f,rows,d]
   * @return [b,4,f,h,w]
   */
  NDArray predict(int step, NDArray sample, NDArray timestep, NDArray speech) {
    if (!deepCache.enabled()) {
      return unet.predict(sample, timestep, speech);
    }
    if (!deepCache.runsInFull(step)) {
      return unet.predictShallow(sample, timestep, speech, deepFeatures.get());
    }
    UNet3d.Prediction full = unet.predictKeeping(sample, timestep, speech);
    deepFeatures.replace(full.deepFeatures());
    return full.output();
  }
}
