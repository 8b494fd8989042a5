package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.Distances;
import io.latentsync.testing.Formula;
import io.latentsync.testing.GoldenData;
import io.latentsync.trace.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the denoising of one chunk with the reference's results, for noise from a formula. */
final class GoldenLoopTest {
  private static final float TOLERANCE = 2e-3f;
  private static final int FRAMES = 5;
  private static final int SIDE = 64;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(doubles = {1, 1.5})
  void latentsAndFacesEqualTheReference(double scale) throws IOException {
    GoldenData golden = new GoldenData(folder);
    try (NanoNetworks networks = NanoNetworks.golden(folder, DataType.FLOAT32);
        Checkpoint reference = golden.reference();
        NDManager manager = NDManager.newBaseManager()) {
      ChunkSampler sampler =
          new ChunkSampler(
              networks.unet(),
              networks.vae(),
              SchedulerConfig.read(golden.scheduler()),
              new SamplerOptions(4, scale, false, Scheduler.Kind.DDIM, 0, 0),
              new FormulaNoise());
      NDArray pixels = Formula.array(manager, "pixels", 1, FRAMES, 3, SIDE, SIDE);
      NDArray mask = manager.ones(new Shape(1, SIDE, SIDE));
      mask.set(new NDIndex(":,24:60,8:56"), 0);
      NDArray audio =
          Formula.array(
              manager,
              "audio.loop",
              Formula.UNIT,
              FRAMES,
              6,
              networks.unet().config().crossAttentionDim());

      SamplingRun run = sampler.begin(Trace.OFF, manager);
      NDArray conditioning =
          run.encode(manager, pixels, mask, LongStream.range(0, FRAMES).toArray(), 1);
      NDArray latents = run.denoise(manager, conditioning, audio);
      NDArray faces = ChunkSampler.withGiven(manager, run.decode(manager, latents), pixels, mask);

      String name = String.format(Locale.ROOT, "loop.ddim4.g%.1f", scale);
      assertThat(Distances.largest(latents, reference.read(manager, name + ".latents")))
          .isLessThan(TOLERANCE);
      assertThat(Distances.largest(faces.get(0), reference.read(manager, name + ".face0")))
          .isLessThan(TOLERANCE);
    }
  }

  private static final class FormulaNoise implements Noise {
    @Override
    public float[] initial(int size) {
      return values("noise", 1, 4, 1, SIDE / 8, SIDE / 8);
    }

    @Override
    public float[] posterior(Purpose purpose, long frame, int size) {
      String name = "posterior." + purpose.name().toLowerCase(Locale.ROOT);
      int first = (int) frame * size;
      return Arrays.copyOfRange(values(name, FRAMES, 4, SIDE / 8, SIDE / 8), first, first + size);
    }

    private static float[] values(String name, long... shape) {
      try (NDManager manager = NDManager.newBaseManager()) {
        return Formula.array(manager, name, Formula.UNIT, shape).toFloatArray();
      }
    }
  }
}
