package io.latentsync.face.track;

import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.Rotation;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which way the heads of a video stand. Decided once for the whole video, from a few frames all
 * over it: so it is the same for every task that works on a part.
 */
public final class VideoOrientation {
  /** Frames that are looked at, if none of them shows a face that stands upright. */
  private static final int LOOKS = 5;

  private VideoOrientation() {}

  /**
   * Looks at the largest face of each of some frames until one stands upright, which that of most
   * videos does at once.
   *
   * @param frames how many the video has
   * @return the turn that the faces of more than half of these frames need; {@link Rotation#NONE}
   *     if there is none
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
      Optional<Rotation> needed = needed(picture, detector);
      if (needed.isPresent()) {
        if (needed.get() == Rotation.NONE) {
          return Rotation.NONE;
        }
        votes.merge(needed.get(), 1, Integer::sum);
      }
    }
    return votes.entrySet().stream()
        .filter(vote -> 2 * vote.getValue() > looks)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(Rotation.NONE);
  }

  /** What the largest face needs. Some detectors see it whichever way it lies, others do not. */
  private static Optional<Rotation> needed(RgbImage picture, FaceDetector detector) {
    for (Rotation turn : Rotation.values()) {
      Optional<DetectedFace> face = turn.upright(detector).detectLargest(picture);
      if (face.isPresent()) {
        return face.map(DetectedFace::points).map(Rotation::uprighting);
      }
    }
    return Optional.empty();
  }
}
