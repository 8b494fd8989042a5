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

  /** The blend weight of the new lips in each frame, 0 to 1. A frame with 0 is passed through. */
  final float[] share;

  /** Index in this batch of the first frame of each chunk that has a frame to re-synthesise. */
  final int[] chunksToDub;

  /** Owner of the arrays; used only by the thread that created the batch. */
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
   * @param found affine matrix of each frame that shows a face, for whole chunks
   * @param share blend weight of the new lips in each frame
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
   * Memory in bytes that the pictures of batches need: the frames in YUV 4:2:0, the aligned faces
   * (RGB) and the new faces (floats). The speech features need at most a tenth of it and are left
   * out.
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

  /** Whether a frame is re-synthesised. */
  boolean isDubbed(int frame) {
    return found.get(frame).isPresent() && share[frame] > 0;
  }

  /** The number of re-synthesised frames. */
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
