package io.latentsync.model.render;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceMatrices;
import io.latentsync.timeline.FrameSchedule;
import io.latentsync.timeline.FrameWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A face of a video that gets new lips, with the speech that they follow.
 *
 * @param matrices affine matrices of the face in the source frames
 * @param weights blend weights of the new lips
 * @param references for each frame of the dubbed video the source frame that is the reference of
 *     the networks, or −1: the frame is passed through; empty: each frame is its own reference
 * @param speech the speech, at least as long as the dubbed video
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
public record DubbedFace(
    FaceMatrices matrices, FrameWeights weights, int[] references, SpeechTrack speech) {

  /** A face that is its own reference in each frame. */
  public DubbedFace(FaceMatrices matrices, FrameWeights weights, SpeechTrack speech) {
    this(matrices, weights, new int[0], speech);
  }

  /**
   * The face in consecutive frames of the dubbed video.
   *
   * @param first index of the first frame
   * @param frames number of frames
   * @param length frames per chunk
   */
  FaceChunks chunks(FrameSchedule schedule, int first, int frames, int length) {
    List<Optional<AffineMatrix>> found = new ArrayList<>(frames);
    float[] share = new float[frames];
    for (int frame = first; frame < first + frames; frame++) {
      boolean hasReference = references.length == 0 || references[frame] >= 0;
      found.add(hasReference ? matrices.get(schedule.source(frame)) : Optional.empty());
      share[frame - first] = weights.at(frame);
    }
    return new FaceChunks(found, share, length, references.length == 0);
  }

  /** The source frame that is the reference in a frame of the dubbed video; −1 for none. */
  int reference(int frame, FrameSchedule schedule) {
    return references.length == 0 ? schedule.source(frame) : references[frame];
  }

  /** Whether each frame is its own reference. */
  boolean isOwnReference() {
    return references.length == 0;
  }
}
