package io.latentsync.model.estimate;

import io.latentsync.media.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.ResultCache;
import io.latentsync.model.render.ChunkBatch;
import io.latentsync.model.render.FramePipeline;

/**
 * The largest resident size of a process that dubs, in bytes, with the networks in FLOAT32 on a
 * CPU. Right to a factor of two or so; for the demonstration (512×512, one task) it says 0.73 GiB,
 * where 0.67 to 0.78 were measured.
 *
 * <p>It includes the program, the weights of UNet and VAE once, and for each task what the UNet
 * holds while it denoises and the pictures that are on their way, together with what FFmpeg keeps
 * of them. Not included are whisper (0.15 GiB for the published one), the detectors' pictures, and
 * what is kept for use once more: {@link ResultCache} grow with a video up to 0.4 GiB, and go
 * before the heap runs out.
 *
 * @param weights of UNet and VAE, which all tasks share
 * @param activations that a task holds when it denoises a batch of chunks
 * @param pictures that a task has in its {@link FramePipeline}, its decoder and its encoder
 */
public record MemoryEstimate(long weights, long activations, long pictures) {
  /** The JVM with Spark's local mode, libtorch, FFmpeg and OpenCV; measured. */
  public static final long PROGRAM = 600L << 20;

  /**
   * So many pictures in YUV 4:2:0 is what comes with a task's batches: those in the decoder, those
   * that the encoder looks ahead at (50 and more, each with its halved and its filtered copies),
   * and the RGB copies of those at work. Measured: 226 with 1080×1920.
   */
  private static final int PICTURES_BESIDE = 226;

  /**
   * Reckons.
   *
   * @param work what the networks are
   * @param config the UNet's
   * @param video the source
   * @param batchSize chunks that are denoised at once, at least 1
   * @param segmentFrames frames that a task renders one after another: no batch is longer, and no
   *     more are under way
   */
  public static MemoryEstimate of(
      WorkEstimate work, ModelConfig config, VideoProbe video, int batchSize, int segmentFrames) {
    int chunkFrames = config.chunkFrames();
    int chunks = Math.min(batchSize, (segmentFrames + chunkFrames - 1) / chunkFrames);
    int underWay = Math.min(segmentFrames, FramePipeline.MOST_ITEMS * chunks * chunkFrames);
    return new MemoryEstimate(
        work.weights() * Float.BYTES,
        work.activations() * Float.BYTES * chunks,
        ChunkBatch.bytes(underWay, video, config.resolution())
            + PICTURES_BESIDE * video.planarBytes());
  }

  /** What each task adds. */
  public long task() {
    return activations + pictures;
  }

  /** The whole process. */
  public long process(int tasks) {
    return PROGRAM + weights + tasks * task();
  }
}
