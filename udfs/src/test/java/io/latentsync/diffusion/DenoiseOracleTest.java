package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointException;
import io.latentsync.testing.Distances;
import io.latentsync.testing.Oracles;
import io.latentsync.trace.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Compares the denoising of several chunks with the reference's results, for the reference's noise.
 */
@Tag("slow")
@Tag("oracle")
class DenoiseOracleTest {
  private static final float TOLERANCE = 2e-3f;
  private static final int CHUNK = 16;
  private static final Pattern CASE = Pattern.compile("((ddim|dpm)(\\d+)_(.+))\\.latents");

  /** A case by its name, such as {@code ddim10_deepcache3_cfg1.5}. */
  private record Case(String name, SamplerOptions options, boolean fork) {

    static Case parse(Matcher name) {
      double scale = 1;
      double smoothing = 0;
      int interval = 0;
      boolean fork = false;
      for (String word : name.group(4).split("_", -1)) {
        if (word.equals("fork")) {
          fork = true;
          scale = 1.5;
          smoothing = 0.2;
        } else if (word.startsWith("cfg")) {
          scale = Double.parseDouble(word.substring(3));
        } else if (word.startsWith("deepcache")) {
          interval = Integer.parseInt(word.substring(9));
        } else {
          assertThat(word).as("word of the case " + name.group(1)).matches("nocfg|f\\d+");
        }
      }
      Scheduler.Kind kind =
          name.group(2).equals("ddim") ? Scheduler.Kind.DDIM : Scheduler.Kind.DPM_SOLVER;
      int steps = Integer.parseInt(name.group(3));
      return new Case(
          name.group(1), new SamplerOptions(steps, scale, fork, kind, interval, smoothing), fork);
    }
  }

  @TestFactory
  List<DynamicTest> latentsAndFacesEqualTheReference() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Oracles.folders("denoise")) {
      for (Path file : safetensors(folder)) {
        try (Checkpoint oracle = Checkpoint.open(file)) {
          for (String tensor : oracle.tensors().keySet()) {
            Matcher name = CASE.matcher(tensor);
            if (name.matches()) {
              Case wanted = Case.parse(name);
              tests.add(
                  DynamicTest.dynamicTest(
                      folder.getFileName() + " " + wanted.name(),
                      () -> equalsTheReference(file, wanted)));
            }
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static List<Path> safetensors(Path folder) throws Exception {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }

  private static void equalsTheReference(Path file, Case wanted) throws Exception {
    try (Checkpoint oracle = Checkpoint.open(file);
        NanoNetworks networks = NanoNetworks.of(file.getParent(), DataType.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray expectedLatents = oracle.read(manager, wanted.name() + ".latents");
      NDArray pixels = oracle.read(manager, "pixel_values");
      NDArray mask = oracle.read(manager, "mask");
      NDArray audio = oracle.read(manager, "audio");
      List<Float> scales = new ArrayList<>();
      ChunkSampler sampler =
          new ChunkSampler(
              networks.unet(),
              networks.vae(),
              SchedulerConfig.STABLE_DIFFUSION,
              wanted.options(),
              recording(wanted.options().guidance(), scales),
              oracleNoise(oracle));

      // One smoothing for all chunks, as in the fork that computed the expected values.
      SamplingRun run = sampler.begin(Trace.OFF, manager);
      PredictionSmoothing leaking = run.smoothing(manager);
      NDList latents = new NDList();
      NDList faces = new NDList();
      long frames = expectedLatents.getShape().get(2);
      for (long start = 0; start < frames; start += CHUNK) {
        long end = Math.min(start + CHUNK, frames);
        NDIndex range = new NDIndex("{}:{}", start, end);
        NDArray chunk = pixels.get(range);
        long[] indices = LongStream.range(start, end).toArray();
        NDArray conditioning = run.encode(manager, chunk, mask, indices, 1);
        latents.add(
            wanted.fork()
                ? run.denoise(manager, conditioning, audio.get(range), leaking)
                : run.denoise(manager, conditioning, audio.get(range)));
        NDArray decoded = run.decode(manager, latents.get(latents.size() - 1));
        faces.add(ChunkSampler.withGiven(manager, decoded, chunk, mask));
      }

      float inLatents = Distances.largest(NDArrays.concat(latents, 2), expectedLatents);
      float inFaces =
          Distances.largest(
              NDArrays.concat(faces), oracle.read(manager, wanted.name() + ".pasted"));
      assertThat(inLatents).isLessThan(TOLERANCE);
      assertThat(inFaces).isLessThan(TOLERANCE);
      if (oracle.tensors().containsKey(wanted.name() + ".scales")) {
        float[] expectedScales = Oracles.floats(oracle, wanted.name() + ".scales");
        assertThat(scales).hasSize(expectedScales.length);
        for (int i = 0; i < expectedScales.length; i++) {
          assertThat(Math.abs(scales.get(i) - expectedScales[i])).isLessThan(TOLERANCE);
        }
      }
    }
  }

  /** Adds a recording of the scales that a dynamic guidance computes. */
  private static Guidance recording(Guidance guidance, List<Float> scales) {
    if (!(guidance instanceof DynamicGuidance dynamic)) {
      return guidance;
    }
    return new Guidance() {
      @Override
      public boolean needsUnconditional() {
        return true;
      }

      @Override
      public DoubleStream numbers() {
        return dynamic.numbers();
      }

      @Override
      public NDArray guide(NDArray unconditional, NDArray conditional, DeviceNumbers numbers) {
        scales.add(dynamic.scale(unconditional, conditional, numbers).getFloat(0, 0, 0, 0, 0));
        return dynamic.guide(unconditional, conditional, numbers);
      }
    };
  }

  private static Noise oracleNoise(Checkpoint oracle) {
    return new Noise() {
      @Override
      public float[] initial(int size) {
        return read("initial_noise");
      }

      @Override
      public float[] posterior(Purpose purpose, long frame, int size) {
        String name =
            switch (purpose) {
              case MASKED -> "posterior_noise_masked";
              case REFERENCE -> "posterior_noise_ref";
            };
        int first = (int) frame * size;
        return Arrays.copyOfRange(read(name), first, first + size);
      }

      private float[] read(String name) {
        try (NDManager manager = NDManager.newBaseManager()) {
          return oracle.read(manager, name).toFloatArray();
        } catch (CheckpointException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }
}
