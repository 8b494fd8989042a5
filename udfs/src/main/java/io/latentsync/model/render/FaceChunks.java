package io.latentsync.model.render;

import ai.djl.ndarray.NDList;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One dubbed face in a {@link ChunkBatch}. Each stage of the pipeline adds the data that the next
 * one needs.
 */
final class FaceChunks {
  /** The affine matrix of each frame that shows the face. */
  final List<Optional<AffineMatrix>> found;

  /** The blend weight of the new lips in each frame, 0 to 1. A frame with 0 is passed through. */
  final float[] share;

  /** Frames per chunk. */
  final int length;

  /** Index in the batch of the first frame of each chunk that has a frame to re-synthesise. */
  final int[] chunksToDub;

  /** The aligned faces of the chunks to dub, chunk by chunk. */
  final List<RgbImage> crops = new ArrayList<>();

  /** The source frame index of each crop. */
  final long[] sources;

  /** The reference of each crop: the crop itself, or the aligned face of another frame. */
  final List<RgbImage> references;

  /** The source frame index of each reference. */
  final long[] referenceSources;

  /** Features of each chunk to dub, [length, rows, width]. */
  final NDList audio = new NDList();

  /** The new faces, one for each crop, [3, resolution, resolution]. */
  float[][] faces = {};

  /** The mouth opening of each frame; NaN where it is not measured. */
  final float[] opening;

  /**
   * The face before the first stage.
   *
   * @param found affine matrix of each frame that shows the face, for whole chunks
   * @param share blend weight of the new lips in each frame
   * @param length frames per chunk
   * @param ownReferences whether each face is its own reference
   */
  FaceChunks(List<Optional<AffineMatrix>> found, float[] share, int length, boolean ownReferences) {
    this.found = found;
    this.share = share;
    this.length = length;
    this.chunksToDub =
        IntStream.iterate(0, start -> start < found.size(), start -> start + length)
            .filter(start -> IntStream.range(start, start + length).anyMatch(this::isDubbed))
            .toArray();
    this.sources = new long[chunksToDub.length * length];
    this.references = ownReferences ? crops : new ArrayList<>();
    this.referenceSources = ownReferences ? sources : new long[sources.length];
    this.opening = new float[found.size()];
    Arrays.fill(opening, Float.NaN);
  }

  /** Whether the face is re-synthesised in a frame. */
  boolean isDubbed(int frame) {
    return found.get(frame).isPresent() && share[frame] > 0;
  }

  /** The index of the crop and the new face of a re-synthesised frame. */
  int crop(int frame) {
    int chunk = Arrays.binarySearch(chunksToDub, frame - frame % length);
    return chunk * length + frame % length;
  }

  /** The affine matrix of a re-synthesised frame. */
  AffineMatrix matrix(int frame) {
    return found.get(frame).orElseThrow();
  }

  /** The affine matrices of a chunk's faces. */
  List<Optional<AffineMatrix>> ofChunk(int start) {
    return found.subList(start, start + length);
  }
}
