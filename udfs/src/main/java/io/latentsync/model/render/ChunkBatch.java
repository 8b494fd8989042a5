package io.latentsync.model.render;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.latentsync.face.align.AffineMatrix;
import io.latentsync.image.RgbImage;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A batch of chunks of equal length in the pipeline. Each stage adds the data that the next one
 * needs. Owns its frames and arrays.
 */
public final class ChunkBatch implements Closeable {
  /** First frame in the dubbed video. */
  final int first;

  /** Frames per chunk. */
  final int length;

  /** The affine matrix of each frame that shows a face. */
  final List<Optional<AffineMatrix>> found;

  /** The share of the new lips in each frame, 0 to 1; a frame with 0 is passed through. */
  final float[] share;

  /** First frame, in this batch, of each chunk with a face that gets new lips. */
  final int[] chunksToDub;

  /** Owner of the arrays; used only by the thread that made the batch. */
  final NDManager scope;

  /** Source frames; the paste stage blends the new faces into them. */
  final List<VideoFrame> frames = new ArrayList<>();

  /** The aligned faces of the chunks to dub, chunk by chunk. */
  final List<RgbImage> crops = new ArrayList<>();

  /** The source frame index of each crop. */
  final long[] sources;

  /** Features of each chunk to dub, [length, rows, width]. */
  final NDList audio = new NDList();

  /** The new faces, one for each crop, [3, resolution, resolution]. */
  float[][] faces = {};

  /** The mouth opening of each frame; NaN where it is not measured. */
  final float[] opening;

  /**
   * A batch before its first stage.
   *
   * @param found matrix of each frame, if it has one, for whole chunks
   * @param share of the new lips in each frame
   * @param manager parent of the arrays' owner
   */
  ChunkBatch(
      int first, int length, List<Optional<AffineMatrix>> found, float[] share, NDManager manager) {
    this.first = first;
    this.length = length;
    this.found = found;
    this.share = share;
    this.chunksToDub =
        IntStream.iterate(0, start -> start < found.size(), start -> start + length)
            .filter(start -> IntStream.range(start, start + length).anyMatch(this::isDubbed))
            .toArray();
    this.sources = new long[chunksToDub.length * length];
    this.opening = new float[found.size()];
    Arrays.fill(opening, Float.NaN);
    this.scope = manager.newSubManager();
  }

  /**
   * Memory in bytes of the pictures of batches: the frames in YUV 4:2:0, the aligned faces (RGB)
   * and the new faces (floats). The speech features need at most a tenth of it and are left out.
   *
   * @param frames of all batches together
   * @param resolution side of the aligned face in pixels
   */
  public static long bytes(int frames, VideoProbe video, int resolution) {
    long facePixels = (long) resolution * resolution;
    return frames * (video.planarBytes() + 3 * facePixels + 3 * Float.BYTES * facePixels);
  }

  /** The number of frames. */
  int size() {
    return found.size();
  }

  /** Whether a frame gets new lips. */
  boolean isDubbed(int frame) {
    return found.get(frame).isPresent() && share[frame] > 0;
  }

  /** The number of frames that get new lips. */
  int dubbedCount() {
    return (int) IntStream.range(0, size()).filter(this::isDubbed).count();
  }

  /** The affine matrices of a chunk's faces. */
  List<Optional<AffineMatrix>> ofChunk(int start) {
    return found.subList(start, start + length);
  }

  @Override
  public void close() {
    scope.close();
    frames.forEach(VideoFrame::close);
  }
}
