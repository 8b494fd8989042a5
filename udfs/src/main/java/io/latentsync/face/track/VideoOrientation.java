package io.latentsync.face.track;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.Rotation;
import io.latentsync.image.RgbImage;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoReader;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The orientation of the heads in a video. It is determined once for the whole video, from a few
 * frames spread over it, so that all tasks agree.
 */
public final class VideoOrientation {
  /** Maximum number of frames to examine. */
  private static final int LOOKS = 5;

  /**
   * A detector's score from which a face is surely one. Detectors find false upright faces in
   * upside-down heads, with scores up to 0.7; true faces mostly have more than 0.8.
   */
  private static final float SURE = 0.75f;

  private VideoOrientation() {}

  /**
   * Examines the largest face of some frames until one is surely upright. In most videos the first
   * is.
   *
   * @param frames number of frames of the video
   * @return the rotation that the faces of more than half of these frames need; {@link
   *     Rotation#NONE} if there is none
   * @throws IOException if the video cannot be read
   */
  public static Rotation of(VideoReader video, int frames, FaceDetector detector)
      throws IOException {
    int looks = Math.min(LOOKS, frames);
    Map<Rotation, Integer> votes = new EnumMap<>(Rotation.class);
    for (int i = 0; i < looks; i++) {
      RgbImage picture;
      try (VideoFrame frame = video.read((int) ((2L * i + 1) * frames / (2L * looks)))) {
        picture = frame.toRgb();
      }
      Optional<DetectedFace> face = face(picture, detector);
      if (face.isPresent()) {
        Rotation needed = Rotation.uprighting(face.get().points());
        if (needed == Rotation.NONE && face.get().score() >= SURE) {
          return Rotation.NONE;
        }
        votes.merge(needed, 1, Integer::sum);
      }
    }
    return votes.entrySet().stream()
        .filter(vote -> 2 * vote.getValue() > looks)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(Rotation.NONE);
  }

  /**
   * The largest face: the first that is surely a face in one of the rotations, else that with the
   * highest score. Some detectors find faces in any orientation, others only upright ones.
   */
  private static Optional<DetectedFace> face(RgbImage picture, FaceDetector detector) {
    Optional<DetectedFace> best = Optional.empty();
    for (Rotation turn : Rotation.values()) {
      Optional<DetectedFace> face = turn.upright(detector).detectLargest(picture);
      if (face.isPresent() && (best.isEmpty() || face.get().score() > best.get().score())) {
        best = face;
      }
      if (best.isPresent() && best.get().score() >= SURE) {
        break;
      }
    }
    return best;
  }
}
