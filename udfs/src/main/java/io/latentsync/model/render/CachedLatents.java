package io.latentsync.model.render;

import io.latentsync.diffusion.LatentStore;
import io.latentsync.diffusion.Noise;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.model.bundle.ResultCache;
import java.util.Optional;

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
  public Optional<float[]> find(long frame, Noise.Purpose purpose) {
    return results.latents(key(frame, purpose));
  }

  @Override
  public void keep(long frame, Noise.Purpose purpose, float[] latents) {
    results.keep(key(frame, purpose), latents);
  }

  @Override
  public void count(int requested, int encoded) {
    hits = hits.plus(requested, requested - encoded);
  }

  private ResultCache.LatentKey key(long frame, Noise.Purpose purpose) {
    return new ResultCache.LatentKey(
        video.identity(),
        options.timeline().fps(),
        options.deinterlacing(),
        video.probe().bits(),
        options.pasting().resampling(),
        frame,
        matrices.get(Math.toIntExact(frame)).orElseThrow(),
        purpose,
        options.seed(),
        options.compute().threads());
  }

  /** The hits since this store was created. */
  HitCount hits() {
    return hits;
  }
}
