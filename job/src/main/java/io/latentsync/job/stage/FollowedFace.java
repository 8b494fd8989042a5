package io.latentsync.job.stage;

import io.latentsync.face.align.FaceMatrices;
import io.latentsync.face.track.FaceBoxes;
import java.util.List;

/**
 * The face to dub.
 *
 * @param matrices affine matrices of the source frames
 * @param boxes boxes in the dubbed video, for SyncNet; empty without it
 */
public record FollowedFace(FaceMatrices matrices, List<FaceBoxes> boxes) {}
