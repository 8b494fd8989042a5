package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the sampler with small networks. */
@Tag("slow")
class ChunkSamplerTest {
  private static final int SIDE = 64;
  private static final SamplerOptions PLAIN = options(1.5, false, Scheduler.Kind.DDIM, 0, 0);

  /** All options that keep state between steps. */
  private static final SamplerOptions STATEFUL =
      options(1.5, true, Scheduler.Kind.DPM_SOLVER, 2, 0.2);

  @TempDir private static Path folder;
  private static NanoNetworks networks;

  @BeforeAll
  static void load() throws Exception {
    networks = NanoNetworks.golden(folder, DataType.FLOAT32);
  }

  @AfterAll
  static void close() {
    if (networks != null) {
      networks.close();
    }
  }

  private static SamplerOptions options(
      double scale, boolean dynamic, Scheduler.Kind kind, int interval, double smoothing) {
    return new SamplerOptions(3, scale, dynamic, kind, interval, smoothing);
  }

  private static ChunkSampler sampler(SamplerOptions options) {
    return sampler(networks, options);
  }

  private static ChunkSampler sampler(NanoNetworks networks, SamplerOptions options) {
    return new ChunkSampler(
        networks.unet(),
        networks.vae(),
        SchedulerConfig.STABLE_DIFFUSION,
        options,
        new SeededNoise(1247));
  }

  /** A chunk of synthetic faces and audio features, which depend only on the frame's index. */
  private record Chunk(NDArray pixels, NDArray mask, NDArray audio, long[] frames) {

    static Chunk of(NDManager manager, long start, int length) {
      long[] frames = LongStream.range(start, start + length).toArray();
      float[] pixels = new float[length * 3 * SIDE * SIDE];
      int width = networks.unet().config().crossAttentionDim();
      float[] audio = new float[length * 50 * width];
      for (int f = 0; f < length; f++) {
        for (int i = 0; i < 3 * SIDE * SIDE; i++) {
          pixels[f * 3 * SIDE * SIDE + i] = (float) Math.sin(0.01 * i + frames[f]);
        }
        for (int i = 0; i < 50 * width; i++) {
          audio[f * 50 * width + i] = (float) Math.cos(0.3 * i - 0.5 * frames[f]);
        }
      }
      NDArray mask = manager.ones(new Shape(1, SIDE, SIDE));
      mask.set(new NDIndex(":,32:56,8:56"), 0);
      return new Chunk(
          manager.create(pixels, new Shape(length, 3, SIDE, SIDE)),
          mask,
          manager.create(audio, new Shape(length, 50, width)),
          frames);
    }

    NDArray sample(NDManager manager, ChunkSampler sampler) {
      return sampler.sample(manager, pixels, mask, audio, frames, 1);
    }
  }

  private static float[] sampleAlone(SamplerOptions options, long start, int length) {
    try (NDManager manager = NDManager.newBaseManager()) {
      return Chunk.of(manager, start, length).sample(manager, sampler(options)).toFloatArray();
    }
  }

  @Test
  void anInterruptedThreadStopsAtTheNextStepAndClosesItsArrays() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Chunk chunk = Chunk.of(manager, 0, 2);
      int before = manager.getManagedArrays().size();
      ChunkSampler sampler = sampler(PLAIN);
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(CancellationException.class)
          .isThrownBy(() -> chunk.sample(manager, sampler));
      assertThat(Thread.interrupted()).isFalse();
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void onlyPixelsWhoseMaskIsZeroChange(int length) {
    try (NDManager manager = NDManager.newBaseManager()) {
      Chunk chunk = Chunk.of(manager, 0, length);
      NDArray faces = chunk.sample(manager, sampler(PLAIN));
      assertThat(faces.getShape()).isEqualTo(chunk.pixels().getShape());
      NDArray changed = faces.sub(chunk.pixels()).abs();
      assertThat(changed.mul(chunk.mask()).max().getFloat()).isZero();
      assertThat(changed.max().getFloat()).isPositive();
      assertThat(faces.isInfinite().logicalOr(faces.isNaN()).any().getBoolean()).isFalse();
    }
  }

  @Test
  void earlierChunksDoNotChangeAChunksBits() {
    float[] alone = sampleAlone(STATEFUL, 16, 2);
    try (NDManager manager = NDManager.newBaseManager()) {
      ChunkSampler sampler = sampler(STATEFUL);
      Chunk.of(manager, 0, 2).sample(manager, sampler);
      Chunk.of(manager, 2, 3).sample(manager, sampler);
      assertThat(Chunk.of(manager, 16, 2).sample(manager, sampler).toFloatArray())
          .containsExactly(alone);
    }
  }

  @Test
  void twoThreadsGetTheSameBitsAsOne() throws Exception {
    List<float[]> alone = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      alone.add(sampleAlone(STATEFUL, 2L * i, 2));
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (NDManager manager = NDManager.newBaseManager()) {
      ChunkSampler sampler = sampler(STATEFUL);
      List<Future<float[]>> together = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Chunk chunk = Chunk.of(manager, 2L * i, 2);
        together.add(threads.submit(() -> chunk.sample(manager, sampler).toFloatArray()));
      }
      for (int i = 0; i < 4; i++) {
        assertThat(together.get(i).get()).containsExactly(alone.get(i));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theManagerKeepsOnlyTheResults(boolean stateful) {
    ChunkSampler sampler = sampler(stateful ? STATEFUL : PLAIN);
    try (NDManager base = NDManager.newBaseManager();
        NDManager inputs = base.newSubManager();
        NDManager outputs = base.newSubManager()) {
      Chunk chunk = Chunk.of(inputs, 0, 1);
      int before = inputs.getManagedArrays().size();
      for (int i = 1; i <= 8; i++) {
        chunk.sample(outputs, sampler);
        assertThat(inputs.getManagedArrays()).hasSize(before);
        assertThat(outputs.getManagedArrays()).hasSize(i);
      }
    }
  }

  @Test
  void chunksOfOneBatchEqualChunksAlone() {
    for (SamplerOptions options : List.of(PLAIN, STATEFUL)) {
      ChunkSampler sampler = sampler(options);
      try (NDManager manager = NDManager.newBaseManager()) {
        Chunk first = Chunk.of(manager, 0, 2);
        Chunk second = Chunk.of(manager, 2, 2);
        NDArray alone = first.sample(manager, sampler).concat(second.sample(manager, sampler));
        NDArray together =
            sampler.sample(
                manager,
                first.pixels().concat(second.pixels()),
                first.mask(),
                first.audio().concat(second.audio()),
                new long[] {0, 1, 2, 3},
                2);
        assertThat(together.sub(alone).abs().max().getFloat()).isLessThan(1e-4f);
      }
    }
  }

  @Test
  void theResultDependsOnSpeechSeedAndFrameNumber() {
    float[] faces = sampleAlone(PLAIN, 0, 1);
    try (NDManager manager = NDManager.newBaseManager()) {
      Chunk chunk = Chunk.of(manager, 0, 1);
      ChunkSampler sampler = sampler(PLAIN);
      ChunkSampler otherSeed =
          new ChunkSampler(
              networks.unet(),
              networks.vae(),
              SchedulerConfig.STABLE_DIFFUSION,
              PLAIN,
              new SeededNoise(1248));
      NDArray otherSpeech = chunk.audio().neg();
      assertThat(chunk.sample(manager, otherSeed).toFloatArray()).isNotEqualTo(faces);
      assertThat(
              new Chunk(chunk.pixels(), chunk.mask(), otherSpeech, chunk.frames())
                  .sample(manager, sampler)
                  .toFloatArray())
          .isNotEqualTo(faces);
      assertThat(
              new Chunk(chunk.pixels(), chunk.mask(), chunk.audio(), new long[] {1})
                  .sample(manager, sampler)
                  .toFloatArray())
          .isNotEqualTo(faces);
    }
  }

  @Test
  void aNetworkThatPredictsTheSampleFollowsDdimsEquationTwelve() {
    SchedulerConfig config = SchedulerConfig.STABLE_DIFFUSION.with(PredictionType.SAMPLE);
    Noise noise = new SeededNoise(1);
    Guidance none = new FixedGuidance(1);
    ChunkSampler sampler =
        new ChunkSampler(networks.unet(), networks.vae(), config, PLAIN, none, noise);
    try (NDManager manager = NDManager.newBaseManager()) {
      Chunk chunk = Chunk.of(manager, 0, 1);
      SamplingRun run = sampler.begin(Trace.OFF, manager);
      NDArray given = run.encode(manager, chunk.pixels(), chunk.mask(), chunk.frames(), 1);
      Shape shape = new Shape(1, 4, 1, SIDE / 8, SIDE / 8);
      NDArray latents = manager.create(noise.initial((int) shape.size()), shape);
      float[] alphas = config.alphasCumprod();
      for (int t = 667; t > 0; t -= 333) {
        NDArray picture = networks.unet().predict(latents.concat(given, 1), t, chunk.audio());
        double alpha = alphas[t];
        double next = alphas[Math.max(0, t - 333)];
        NDArray rest = latents.sub(picture.mul(Math.sqrt(alpha)));
        latents = picture.mul(Math.sqrt(next)).add(rest.mul(Math.sqrt((1 - next) / (1 - alpha))));
      }
      NDArray sampled = run.denoise(manager, given, chunk.audio());
      assertThat(sampled.sub(latents).norm().getFloat() / latents.norm().getFloat())
          .isLessThan(1e-5f);
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT16, 0.02", "BFLOAT16, 0.05"}) // 11 and 8 bits of precision
  void networksInHalfPrecisionGiveNearlyTheSameFaces(DataType type, float tolerance)
      throws Exception {
    try (NanoNetworks half = NanoNetworks.golden(folder, type);
        NDManager manager = NDManager.newBaseManager()) {
      for (SamplerOptions options : List.of(PLAIN, STATEFUL)) {
        Chunk chunk = Chunk.of(manager, 0, 2);
        NDArray exact = chunk.sample(manager, sampler(options));
        NDArray faces = chunk.sample(manager, sampler(half, options));
        assertThat(faces.getDataType()).isEqualTo(DataType.FLOAT32);
        float difference = faces.sub(exact).norm().getFloat() / exact.norm().getFloat();
        assertThat(difference).isLessThan(tolerance).isPositive();
      }
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    ChunkSampler sampler = sampler(PLAIN);
    try (NDManager manager = NDManager.newBaseManager()) {
      Chunk c = Chunk.of(manager, 0, 2);
      List<Chunk> wrong =
          List.of(
              new Chunk(c.pixels().get("0"), c.mask(), c.audio(), c.frames()),
              new Chunk(c.pixels().get(":,:,:60,:60"), c.mask(), c.audio(), c.frames()),
              new Chunk(c.pixels(), c.mask().get("0"), c.audio(), c.frames()),
              new Chunk(c.pixels(), c.mask(), c.audio().get("0:1"), c.frames()),
              new Chunk(c.pixels(), c.mask(), c.audio(), new long[] {0}));
      for (Chunk chunk : wrong) {
        assertThatIllegalArgumentException().isThrownBy(() -> chunk.sample(manager, sampler));
      }
      for (int chunks : new int[] {-1, 0, 3}) {
        assertThatIllegalArgumentException()
            .isThrownBy(
                () -> sampler.sample(manager, c.pixels(), c.mask(), c.audio(), c.frames(), chunks))
            .withMessageContaining(chunks + " chunks");
      }
    }
  }
}
