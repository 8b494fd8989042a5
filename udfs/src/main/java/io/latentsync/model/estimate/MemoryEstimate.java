package io.latentsync.model.estimate;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.PictureBatch;
import io.latentsync.model.bundle.ResultCache;
import io.latentsync.model.render.ChunkBatch;
import io.latentsync.model.render.FramePipeline;

/**
 * Estimate of the peak memory of a dubbing process in bytes, resident and on a GPU. For the
 * demonstration (512×512, one task on a CPU) it gives 0.73 GiB, where 0.67 to 0.78 GiB were
 * measured.
 *
 * <p>It includes the program, the weights of UNet and VAE once, and for each task the networks'
 * activations and the pictures in the pipeline, with FFmpeg's copies. Not included are whisper
 * (0.15 GiB for the published one), the detectors' pictures, and the {@link ResultCache}, which
 * grows up to 0.4 GiB and is freed before the heap is full.
 *
 * @param weights of UNet and VAE, shared by all tasks
 * @param activations of a task: the larger of a batch of chunks in the UNet and of pictures in the
 *     VAE
 * @param pictures of a task in its {@link FramePipeline}, decoder and encoder
 */
public record MemoryEstimate(long weights, long activations, long pictures) {
  /** The JVM with Spark's local mode, libtorch, FFmpeg and OpenCV; measured. */
  public static final long PROGRAM = 600L << 20;

  /** CUDA's own memory in each process that uses a GPU. */
  public static final long CUDA = 500L << 20;

  /**
   * Number of pictures in YUV 4:2:0 per task in addition to its batches: those in the decoder,
   * those in the encoder's lookahead (50 or more, each with a half-size and a filtered copy), and
   * RGB copies of the current ones. Measured: 226 at 1080×1920.
   */
  private static final int PICTURES_BESIDE = 226;

  /**
   * Computes the estimate.
   *
   * @param work size of the networks
   * @param config of the UNet
   * @param video the source
   * @param device of the networks
   * @param type of UNet and VAE
   * @param batchSize chunks that are denoised together, at least 1
   * @param segmentFrames frames per segment, which bound the batches of a task
   * @param faces dubbed faces in a frame, at least 1
   */
  public static MemoryEstimate of(
      WorkEstimate work,
      ModelConfig config,
      VideoProbe video,
      Device device,
      DataType type,
      int batchSize,
      int segmentFrames,
      int faces) {
    int chunkFrames = config.chunkFrames();
    int chunks = Math.min(batchSize, (segmentFrames + chunkFrames - 1) / chunkFrames);
    int underWay = Math.min(segmentFrames, FramePipeline.MOST_ITEMS * chunks * chunkFrames);
    return new MemoryEstimate(
        work.weights() * type.getNumOfBytes(),
        activations(work, device, type, chunks),
        ChunkBatch.bytes(underWay, video, faces, config.resolution())
            + PICTURES_BESIDE * video.planarBytes());
  }

  /**
   * The networks' activations in a task: the larger of a batch of chunks in the UNet and of
   * pictures in the VAE.
   *
   * @param chunks that are denoised together
   */
  public static long activations(WorkEstimate work, Device device, DataType type, int chunks) {
    long picture = work.pictureActivations() * type.getNumOfBytes();
    return Math.max(
        work.activations() * type.getNumOfBytes() * chunks,
        picture * PictureBatch.on(device, picture));
  }

  /** Memory per task, if the networks are on a CPU. */
  public long task() {
    return activations + pictures;
  }

  /** Memory of the process, if the networks are on a CPU. */
  public long process(int tasks) {
    return PROGRAM + weights + tasks * task();
  }

  /** Memory of the process outside the GPU that has the networks. */
  public long processBesideGpu(int tasks) {
    return PROGRAM + tasks * pictures;
  }

  /** Memory of a GPU on which one process runs tasks. */
  public long gpu(int tasks) {
    return CUDA + weights + tasks * activations;
  }
}
