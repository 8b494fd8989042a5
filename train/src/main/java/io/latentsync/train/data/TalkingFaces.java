package io.latentsync.train.data;

import io.latentsync.image.RgbImage;
import io.latentsync.train.head.MouthShape;
import java.io.IOException;
import java.util.List;

/** Training clips of aligned talking faces. */
public interface TalkingFaces {

  /**
   * A clip of at most 30 s at 25 fps, with its speech. It may hold the faces of only some frames:
   * for training, many heads are better than long clips.
   *
   * @param first frame of the first face; the others follow
   * @param faces aligned faces, squares of equal side
   * @param sources the same faces at the same places, each with another mouth: the input when
   *     dubbing
   * @param speech 16 kHz mono
   * @param mouths the mouth of each of the speech's frames
   */
  record Clip(
      int first,
      List<RgbImage> faces,
      List<RgbImage> sources,
      short[] speech,
      List<MouthShape> mouths) {

    /**
     * Checks that the numbers of faces, sources and mouths agree.
     *
     * @throws IllegalArgumentException if there is no face, or not one source and one mouth for
     *     each
     */
    public Clip {
      if (faces.isEmpty() || faces.size() != sources.size()) {
        throw new IllegalArgumentException(
            "a clip needs as many sources as faces, at least one: got %d for %d"
                .formatted(sources.size(), faces.size()));
      }
      if (first < 0 || first + faces.size() > mouths.size()) {
        throw new IllegalArgumentException(
            "the %d faces from frame %d on are not within the %d frames of the speech"
                .formatted(faces.size(), first, mouths.size()));
      }
    }
  }

  /** Number of clips. */
  int clips();

  /**
   * A clip.
   *
   * @param index from 0
   * @throws IOException if it cannot be read
   */
  Clip clip(int index) throws IOException;
}
