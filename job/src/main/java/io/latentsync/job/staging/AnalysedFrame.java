package io.latentsync.job.staging;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.media.video.FrameState;
import io.latentsync.shot.LumaBlocks;
import java.io.Serializable;
import java.util.List;

/**
 * The result of the analysis of a source frame.
 *
 * @param state whether the frame was decoded without errors
 * @param luma block means of the picture, for shots and still frames
 * @param faces in no particular order
 */
public record AnalysedFrame(FrameState state, LumaBlocks luma, List<DetectedFace> faces)
    implements Serializable {

  /** Copies the list of faces. */
  public AnalysedFrame {
    faces = List.copyOf(faces);
  }
}
