package io.latentsync.job.stage;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.track.FaceBoxes;
import java.util.List;

/**
 * The face that is dubbed.
 *
 * @param matrices by which it is cut out of the source's frames
 * @param boxes where it is in the dubbed video, for SyncNet; none without it
 */
public record FollowedFace(FaceMatrices matrices, List<FaceBoxes> boxes) {}
