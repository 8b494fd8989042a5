package io.latentsync.job.staging;

import io.latentsync.model.render.RenderOptions;
import io.latentsync.time.FrameRange;
import java.io.Serializable;

/**
 * One rendering of a segment. All attempts of a segment have the same noise, faces and speech: a
 * chunk is denoised by itself, and what is smoothed over frames is settled before anything is
 * rendered. So any attempt fits next to any attempt of the neighbours.
 *
 * @param segment the frames of the dubbed video
 * @param guidance the guidance scale
 * @param again false for the attempt that the request asks for, true for one with guidance of its
 *     own
 */
public record Attempt(FrameRange segment, double guidance, boolean again) implements Serializable {

  /** How the pictures are made. */
  public RenderOptions rendering(RenderOptions asked) {
    return again ? asked.with(asked.sampling().withFixedGuidance(guidance)) : asked;
  }
}
