package io.latentsync.model.render;

import io.latentsync.face.align.AffineMatrix;
import io.latentsync.face.align.FaceMatrices;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A face of a video that gets new lips, with the speech that they follow.
 *
 * @param matrices affine matrices of the face in the source frames
 * @param weights blend weights of the new lips
 * @param stills for each frame of the dubbed video the source frame from which the lips are
 *     re-synthesised, or −1 for none; empty: from the frame's own source frame
 * @param speech the speech, at least as long as the dubbed video
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
public record DubbedFace(
    FaceMatrices matrices, FrameWeights weights, int[] stills, SpeechTrack speech) {

  /** A face whose lips are re-synthesised from each frame itself. */
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
      boolean hasPicture = stills.length == 0 || stills[frame] >= 0;
      found.add(hasPicture ? matrices.get(schedule.source(frame)) : Optional.empty());
      share[frame - first] = weights.at(frame);
    }
    return new FaceChunks(found, share, length);
  }

  /** The source frame from which the lips in a frame of the dubbed video are re-synthesised. */
  int picture(int frame, FrameSchedule schedule) {
    return stills.length == 0 ? schedule.source(frame) : stills[frame];
  }
}
