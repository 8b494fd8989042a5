package io.latentsync.job.stage;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.render.FrameWeights;
import java.io.Serializable;

/**
 * New lips of one face, which are blended over the layers before it.
 *
 * @param matrices affine matrices of the source frames
 * @param weights blend weights in the dubbed video
 * @param stills source frame that the lips of each frame are re-synthesised from, or −1; empty: the
 *     frame's own
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
record LipLayer(FaceMatrices matrices, FrameWeights weights, int[] stills) implements Serializable {

  /** Whether the layer changes a frame of the dubbed video. */
  boolean isIn(int frame, FrameSchedule schedule) {
    return weights.at(frame) > 0
        && (stills.length == 0 || stills[frame] >= 0)
        && matrices.get(schedule.source(frame)).isPresent();
  }
}
