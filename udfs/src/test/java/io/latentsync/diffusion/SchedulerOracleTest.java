package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.nn.Checkpoint;
import io.latentsync.testing.Oracles;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@Tag("oracle")
class SchedulerOracleTest {
  private static final Pattern RUN = Pattern.compile("(ddim|dpm)\\.(\\d+)\\.timesteps");
  private static final float TOLERANCE = 5e-5f;

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : Oracles.folders("scheduler")) {
      try (Stream<Path> entries = Files.list(folder)) {
        entries
            .filter(file -> file.toString().endsWith(".safetensors"))
            .sorted()
            .forEach(files::add);
      }
    }
    return files;
  }

  private static SchedulerConfig config(Path file) throws IOException {
    return SchedulerConfig.read(file.resolveSibling("scheduler_config.json"));
  }

  @Test
  void alphasEqualTheReference() throws Exception {
    for (Path file : files()) {
      try (Checkpoint oracle = Checkpoint.open(file)) {
        assertThat(config(file).alphasCumprod())
            .containsExactly(Oracles.floats(oracle, "alphas_cumprod"), Offset.offset(2e-7f));
      }
    }
  }

  @TestFactory
  List<DynamicTest> timestepsAndTrajectoriesEqualTheReference() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files()) {
      try (Checkpoint oracle = Checkpoint.open(file)) {
        for (String name : oracle.tensors().keySet()) {
          Matcher run = RUN.matcher(name);
          if (run.matches()) {
            Scheduler.Kind kind =
                run.group(1).equals("ddim") ? Scheduler.Kind.DDIM : Scheduler.Kind.DPM_SOLVER;
            int steps = Integer.parseInt(run.group(2));
            tests.add(
                DynamicTest.dynamicTest(
                    file.getParent().getFileName() + " " + run.group(1) + " " + steps,
                    () -> followsTheReference(file, run.group(1) + "." + steps, kind, steps)));
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static void followsTheReference(Path file, String run, Scheduler.Kind kind, int steps)
      throws Exception {
    Scheduler scheduler = kind.create(config(file), steps);
    try (Checkpoint oracle = Checkpoint.open(file);
        NDManager manager = NDManager.newBaseManager()) {
      LongBuffer expected = oracle.data(run + ".timesteps").asLongBuffer();
      long[] timesteps = new long[expected.remaining()];
      expected.get(timesteps);
      assertThat(scheduler.timesteps()).containsExactly(timesteps);

      if (!oracle.tensors().containsKey(run + ".x.0")) {
        return;
      }
      Scheduler.Trajectory trajectory = scheduler.begin(manager);
      NDArray latents = oracle.read(manager, run + ".start");
      float worst = 0;
      for (int i = 0; i < steps; i++) {
        NDArray noise = oracle.read(manager, run + ".eps." + i);
        latents = trajectory.step(latents, noise);
        NDArray wanted = oracle.read(manager, run + ".x." + i);
        worst = Math.max(worst, latents.sub(wanted).abs().max().getFloat());
      }
      assertThat(worst).isLessThan(TOLERANCE);
    }
  }
}
