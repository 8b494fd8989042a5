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
 * Chunks of equal length on their way from the source to the segment: each stage adds what the next
 * needs. Owns the frames and the arrays in it.
 */
public final class ChunkBatch implements Closeable {
  /** First frame of the dubbed video. */
  final int first;

  /** Frames of a chunk. */
  final int length;

  /** Where the face is in each frame that shows one. */
  final List<Optional<AffineMatrix>> found;

  /** Where, in this batch, the chunks begin that have a face in one of their frames. */
  final int[] chunksToDub;

  /** Owner of the arrays; of the thread that made the batch. */
  final NDManager scope;

  /** From the source; the encoding stage gives them their new faces. */
  final List<VideoFrame> frames = new ArrayList<>();

  /** The aligned faces of the chunks to dub, all of one chunk, then all of the next. */
  final List<RgbImage> crops = new ArrayList<>();

  /** Of each crop, the index of the source frame that it is of. */
  final long[] sources;

  /** Features of each chunk to dub, [length, rows, width]. */
  final NDList audio = new NDList();

  /** The new faces, one for each crop, [3, resolution, resolution]. */
  float[][] faces = {};

  /** How far the mouth of each frame is open; NaN where that is not measured. */
  final float[] opening;

  /**
   * A batch that no stage has seen yet.
   *
   * @param found a matrix, or none, for each frame: for whole chunks
   * @param manager what the batch's arrays are made by
   */
  ChunkBatch(int first, int length, List<Optional<AffineMatrix>> found, NDManager manager) {
    this.first = first;
    this.length = length;
    this.found = found;
    this.chunksToDub =
        IntStream.iterate(0, start -> start < found.size(), start -> start + length)
            .filter(start -> ofChunk(start).stream().anyMatch(Optional::isPresent))
            .toArray();
    this.sources = new long[chunksToDub.length * length];
    this.opening = new float[found.size()];
    Arrays.fill(opening, Float.NaN);
    this.scope = manager.newSubManager();
  }

  /**
   * What the pictures of batches take, all of them there at once: the frames in YUV 4:2:0, and of
   * each the aligned face (RGB) and the new one (as floats). The features of the speech are a tenth
   * of that or less.
   *
   * @param frames of all batches together
   * @param resolution side of the aligned face in pixels
   */
  public static long bytes(int frames, VideoProbe video, int resolution) {
    long facePixels = (long) resolution * resolution;
    return frames * (video.planarBytes() + 3 * facePixels + 3 * Float.BYTES * facePixels);
  }

  /** How many frames there are. */
  int size() {
    return found.size();
  }

  /** How many frames show a face. */
  int faceCount() {
    return (int) found.stream().filter(Optional::isPresent).count();
  }

  /** Where the faces of a chunk are. */
  List<Optional<AffineMatrix>> ofChunk(int start) {
    return found.subList(start, start + length);
  }

  @Override
  public void close() {
    scope.close();
    frames.forEach(VideoFrame::close);
  }
}
