package io.latentsync.job.staging;

import io.latentsync.model.render.RenderOptions;
import io.latentsync.time.FrameRange;
import java.io.Serializable;

/**
 * One rendering of a segment. All attempts of a segment have the same noise, faces and speech: each
 * chunk is denoised alone, and smoothing over frames is done before the rendering. So any attempt
 * fits next to any attempt of the neighbouring segments.
 *
 * @param segment the frames of the dubbed video
 * @param guidance the guidance scale
 * @param again false for the attempt with the request's guidance scale, true for one with another
 *     scale
 */
public record Attempt(FrameRange segment, double guidance, boolean again) implements Serializable {

  /** The options of the rendering. */
  public RenderOptions rendering(RenderOptions asked) {
    return again ? asked.with(asked.sampling().withFixedGuidance(guidance)) : asked;
  }
}
