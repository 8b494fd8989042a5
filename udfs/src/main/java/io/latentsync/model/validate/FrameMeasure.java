package io.latentsync.model.validate;

import io.latentsync.media.video.FrameState;
import io.latentsync.media.video.LumaDifference;
import java.io.Serializable;

/**
 * What was measured in one frame of an output.
 *
 * @param frame 0-based index
 * @param state how well it could be decoded
 * @param squares sum of the squared differences of the luma from the source, outside the faces
 * @param samples number of samples outside the faces
 * @param step mean squared difference of the luma from the previous frame, inside the faces; NaN if
 *     there is no previous frame or no face
 * @param sourceStep the same of the two source frames that are shown
 */
public record FrameMeasure(
    int frame, FrameState state, double squares, long samples, double step, double sourceStep)
    implements Serializable {

  LumaDifference outside() {
    return new LumaDifference(squares, samples);
  }
}
