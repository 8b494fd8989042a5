package io.latentsync.job.staging;

import io.latentsync.model.render.RenderOptions;
import io.latentsync.time.FrameRange;
import java.io.Serializable;

/**
 * One rendering of a segment. All attempts of a segment have the same noise, faces and speech. Each
 * chunk is denoised separately, and all smoothing over frames precedes the rendering. So the output
 * may contain any attempt of each segment.
 *
 * @param segment the frames of the dubbed video
 * @param guidance the guidance scale
 * @param again false for the attempt with the request's guidance scale, true for attempts with
 *     other scales
 */
public record Attempt(FrameRange segment, double guidance, boolean again) implements Serializable {

  /** The options of the rendering. */
  public RenderOptions rendering(RenderOptions requested) {
    return again ? requested.with(requested.sampling().withFixedGuidance(guidance)) : requested;
  }
}
