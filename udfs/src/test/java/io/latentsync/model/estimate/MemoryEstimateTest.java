package io.latentsync.model.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.bundle.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MemoryEstimateTest {
  private static final Path PUBLISHED =
      Path.of(System.getProperty("conf.dir", "../conf")).resolve("unet/stage2.yaml");

  /** Frames of 100×60: 9,000 bytes. */
  private static final VideoProbe VIDEO = VideoProbe.ofPictures(100, 60);

  /** An aligned face of 256×256 as RGB bytes and as floats. */
  private static final long FACES = 256 * 256 * (3 + 12);

  private ModelConfig config;

  @BeforeEach
  void published() throws IOException {
    config = ModelConfig.read(PUBLISHED);
  }

  private MemoryEstimate estimate(double guidance, int batchSize, int segmentFrames) {
    SamplerOptions sampling = new SamplerOptions(20, guidance, false, Scheduler.Kind.DDIM, 0, 0);
    return MemoryEstimate.of(
        WorkEstimate.of(config, sampling),
        config,
        VIDEO,
        Device.cpu(),
        DataType.FLOAT32,
        batchSize,
        segmentFrames,
        1);
  }

  @Test
  void thePipelineHoldsThreeBatches() {
    long one = estimate(1, 1, 96).pictures();
    long two = estimate(1, 2, 96).pictures();
    assertThat(two - one).isEqualTo(3 * 16 * (9000 + FACES));
    assertThat(one).isEqualTo(3 * 16 * (9000 + FACES) + 226 * 9000);
  }

  @Test
  void thePipelineHoldsNoMoreFramesThanASegment() {
    assertThat(estimate(1, 3, 96).pictures()).isEqualTo(estimate(1, 2, 96).pictures());
    assertThat(estimate(1, 1, 20).pictures()).isEqualTo(20 * (9000 + FACES) + 226 * 9000);
    // Of two chunks, however many might be taken at once.
    assertThat(estimate(1, 64, 20).activations()).isEqualTo(estimate(1, 2, 32).activations());
  }

  @Test
  void activationsGrowWithChunksAndPasses() {
    MemoryEstimate one = estimate(1, 1, 96);
    assertThat(estimate(1, 4, 96).activations()).isEqualTo(4 * one.activations());
    assertThat(estimate(1.5, 1, 96).activations()).isEqualTo(2 * one.activations());
    assertThat(estimate(1.5, 4, 96).weights()).isEqualTo(one.weights());
  }

  @Test
  void weightsAndActivationsTakeTheBytesOfTheirType() {
    SamplerOptions sampling = new SamplerOptions(20, 1.5, false, Scheduler.Kind.DDIM, 0, 0);
    WorkEstimate work = WorkEstimate.of(config, sampling);
    MemoryEstimate half =
        MemoryEstimate.of(work, config, VIDEO, Device.cpu(), DataType.FLOAT16, 1, 96, 1);
    MemoryEstimate whole = estimate(1.5, 1, 96);
    assertThat(2 * half.weights()).isEqualTo(whole.weights());
    assertThat(2 * half.activations()).isEqualTo(whole.activations());
    assertThat(half.pictures()).isEqualTo(whole.pictures());
  }

  @Test
  void theVaeDeterminesTheActivationsWhereItNeedsMoreThanTheUNet() {
    WorkEstimate work = new WorkEstimate(1, 1, 10, 1000);
    assertThat(
            MemoryEstimate.of(work, config, VIDEO, Device.cpu(), DataType.FLOAT32, 1, 96, 1)
                .activations())
        .isEqualTo(4 * 1000);
  }

  @Test
  void picturesAreNotOnTheGpu() {
    MemoryEstimate memory = new MemoryEstimate(1000, 100, 10);
    assertThat(memory.gpu(3) - MemoryEstimate.CUDA).isEqualTo(1000 + 3 * 100);
    assertThat(memory.processBesideGpu(3) - MemoryEstimate.PROGRAM).isEqualTo(3 * 10);
  }

  @Test
  void tasksShareTheWeightsAndTheProgram() {
    MemoryEstimate memory = new MemoryEstimate(1000, 100, 10);
    assertThat(memory.process(3) - MemoryEstimate.PROGRAM).isEqualTo(1000 + 3 * 110);
  }

  @Test
  void oddSizesHaveTheirChromaRoundedUp() {
    assertThat(VideoProbe.ofPictures(5, 3).planarBytes()).isEqualTo(15 + 2 * 3 * 2);
  }
}
