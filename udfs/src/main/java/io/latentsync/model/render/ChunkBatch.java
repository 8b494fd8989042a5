package io.latentsync.model.render;

import ai.djl.ndarray.NDManager;
import io.latentsync.media.video.VideoFrame;
import io.latentsync.media.video.VideoProbe;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch of chunks of equal length in the pipeline, with each dubbed face. Owns its frames and
 * arrays.
 */
public final class ChunkBatch implements Closeable {
  /** First frame in the dubbed video. */
  final int first;

  /** The dubbed faces. */
  final List<FaceChunks> faces;

  /** Owner of the arrays; used only by the thread that created the batch. */
  final NDManager scope;

  /** Source frames; the paste stage blends the new faces into them. */
  final List<VideoFrame> frames = new ArrayList<>();

  private final int size;

  /**
   * A batch before its first stage.
   *
   * @param size number of frames
   * @param faces the dubbed faces in these frames, at least one
   * @param manager parent of the arrays' owner
   */
  ChunkBatch(int first, int size, List<FaceChunks> faces, NDManager manager) {
    this.first = first;
    this.size = size;
    this.faces = faces;
    this.scope = manager.newSubManager();
  }

  /**
   * Memory in bytes that the pictures of batches need: the frames in YUV 4:2:0, the aligned faces
   * (RGB) and the new faces (floats). The speech features need at most a tenth of it and are left
   * out.
   *
   * @param frames of all batches together
   * @param faces dubbed faces in each frame
   * @param resolution side of the aligned face in pixels
   */
  public static long bytes(int frames, VideoProbe video, int faces, int resolution) {
    long facePixels = (long) resolution * resolution;
    return frames * (video.planarBytes() + faces * (3 * facePixels + 3 * Float.BYTES * facePixels));
  }

  /** The number of frames. */
  int size() {
    return size;
  }

  /** Whether a face is re-synthesised in a frame. */
  private boolean isDubbed(int frame) {
    return faces.stream().anyMatch(face -> face.isDubbed(frame));
  }

  /** Whether a face is re-synthesised in a frame of the batch. */
  boolean isAnyDubbed() {
    return faces.stream().anyMatch(face -> face.chunksToDub.length > 0);
  }

  /** The number of frames with a re-synthesised face. */
  int dubbedCount() {
    return (int) IntStream.range(0, size).filter(this::isDubbed).count();
  }

  @Override
  public void close() {
    scope.close();
    frames.forEach(VideoFrame::close);
  }
}
