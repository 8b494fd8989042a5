package io.latentsync.model.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.audio.AudioContext;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.nn.networks.Flops;
import java.io.IOException;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class WorkEstimateTest {
  private static final Path PUBLISHED =
      Path.of(System.getProperty("conf.dir", "../conf")).resolve("unet/stage2.yaml");

  private static WorkEstimate estimate(ModelConfig published, int chunk, AudioContext context) {
    return WorkEstimate.of(
        new ModelConfig(
            published.resolution(), chunk, context, published.predictionType(), published.unet()),
        new SamplerOptions(20, 1, false, Scheduler.Kind.DDIM, 0, 0));
  }

  @Test
  void theEstimateIncludesTheAudioContextOfTheConfig() throws IOException {
    ModelConfig published = ModelConfig.read(PUBLISHED);
    double five = estimate(published, 16, AudioContext.REFERENCE).flopsPerFrame();
    double two = estimate(published, 16, new AudioContext(0, 1)).flopsPerFrame();
    // A frame has two rows of five hidden states of Whisper tiny.
    double difference =
        20 * (Flops.denoise(published.unet(), 32, 50) - Flops.denoise(published.unet(), 32, 20));
    assertThat(difference).isPositive();
    assertThat(five - two).isCloseTo(difference, Percentage.withPercentage(1e-6));
  }

  @Test
  void theConfigsChunkLengthDeterminesTheMemory() throws IOException {
    ModelConfig published = ModelConfig.read(PUBLISHED);
    long four = estimate(published, 4, AudioContext.REFERENCE).activations();
    assertThat(estimate(published, 16, AudioContext.REFERENCE).activations()).isEqualTo(4 * four);
  }
}
