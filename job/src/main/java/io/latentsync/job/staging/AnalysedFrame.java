package io.latentsync.job.staging;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.media.FrameState;
import java.io.Serializable;
import java.util.List;

/**
 * The result of the analysis of a source frame.
 *
 * @param state whether the frame was decoded without errors
 * @param faces in no particular order
 */
public record AnalysedFrame(FrameState state, List<DetectedFace> faces) implements Serializable {

  /** Copies the list of faces. */
  public AnalysedFrame {
    faces = List.copyOf(faces);
  }
}
