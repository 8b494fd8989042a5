package io.latentsync.model.render;

import io.latentsync.diffusion.LatentStore;
import io.latentsync.diffusion.Noise;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.model.bundle.ResultCache;
import java.util.function.Supplier;

/** The cached latents of one video's frames, with a count of the hits. Not for concurrent use. */
final class CachedLatents implements LatentStore {
  private final ResultCache results;
  private final RenderOptions options;
  private final SourceVideo video;
  private final FaceMatrices matrices;
  private HitCount hits = HitCount.NONE;

  /**
   * A store on top of a cache that tasks share.
   *
   * @param matrices one for each frame whose latents are requested
   */
  CachedLatents(
      ResultCache results, RenderOptions options, SourceVideo video, FaceMatrices matrices) {
    this.results = results;
    this.options = options;
    this.video = video;
    this.matrices = matrices;
  }

  @Override
  public float[] latent(long frame, Noise.Purpose purpose, Supplier<float[]> encode) {
    ResultCache.Found<float[]> found =
        results.latents(
            new ResultCache.LatentKey(
                video.identity(),
                options.fps(),
                options.deinterlacing(),
                frame,
                matrices.get(Math.toIntExact(frame)).orElseThrow(),
                purpose,
                options.seed(),
                options.threads()),
            encode);
    hits = hits.plus(found.hit());
    return found.value();
  }

  /** The hits since the store was made. */
  HitCount hits() {
    return hits;
  }
}
