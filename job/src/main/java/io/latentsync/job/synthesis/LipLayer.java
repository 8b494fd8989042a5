package io.latentsync.job.synthesis;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import java.io.Serializable;

/**
 * New lips of one face, which are blended over the layers before it.
 *
 * @param matrices affine matrices of the source frames
 * @param weights blend weights in the dubbed video
 * @param references source frame that is the networks' reference in each frame, or −1: the frame is
 *     passed through; empty: each frame is its own reference
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
record LipLayer(FaceMatrices matrices, FrameWeights weights, int[] references)
    implements Serializable {

  /** Whether the layer changes a frame of the dubbed video. */
  boolean isIn(int frame, FrameSchedule schedule) {
    return weights.at(frame) > 0
        && (references.length == 0 || references[frame] >= 0)
        && matrices.get(schedule.source(frame)).isPresent();
  }
}
