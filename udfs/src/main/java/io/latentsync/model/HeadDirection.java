package io.latentsync.model;

import io.latentsync.face.FaceDetector;
import io.latentsync.face.QuarterTurn;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which way the heads of a video stand. Decided once for the whole video, from a few frames all
 * over it: so it is the same for whoever works on a part.
 */
public final class HeadDirection {
  /** Frames that are looked at, if none of them shows a face that stands upright. */
  private static final int LOOKS = 9;

  private HeadDirection() {}

  /**
   * Looks for a frame with a face that stands upright, which most videos show at once; where there
   * is none, for the turn that gives faces in most of the frames.
   *
   * @param frames how many the video has
   * @return {@link QuarterTurn#NONE} also if no turn gives faces in more than half of the frames
   * @throws IOException if the video cannot be read
   */
  public static QuarterTurn of(VideoReader video, int frames, FaceDetector detector)
      throws IOException {
    int looks = Math.min(LOOKS, frames);
    Map<QuarterTurn, Integer> found = new EnumMap<>(QuarterTurn.class);
    for (int i = 0; i < looks; i++) {
      RgbImage picture;
      try (VideoFrame frame = video.read((int) ((2L * i + 1) * frames / (2L * looks)))) {
        picture = frame.toRgb();
      }
      for (QuarterTurn turn : QuarterTurn.values()) {
        if (!detector.detect(turn.turn(picture)).isEmpty()) {
          if (turn == QuarterTurn.NONE) {
            return turn;
          }
          found.merge(turn, 1, Integer::sum);
        }
      }
    }
    return Arrays.stream(QuarterTurn.values())
        .filter(turn -> 2 * found.getOrDefault(turn, 0) > looks)
        .max(Comparator.comparing(found::get))
        .orElse(QuarterTurn.NONE);
  }
}
