package io.latentsync.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.testing.GoldenData;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compares timesteps and whole trajectories with the reference's schedulers. */
class SchedulerOracleTest {
  private static final Pattern RUN = Pattern.compile("(ddim|dpm)\\.(\\d+)\\.timesteps");
  private static final float TOLERANCE = 5e-5f;

  /**
   * Runs of the reference's schedulers, in a section of a file; an empty name is the whole file.
   */
  private record Runs(String name, Path file, String section, Path config) {

    Checkpoint open() throws IOException {
      Checkpoint checkpoint = Checkpoint.open(file);
      return section.isEmpty() ? checkpoint : checkpoint.section(section);
    }

    SchedulerConfig schedule() throws IOException {
      return SchedulerConfig.read(config);
    }
  }

  @TempDir private static Path temporary;

  /** The runs in the repository's golden data and, if present, in the oracles. */
  private static List<Runs> runs() throws IOException {
    GoldenData golden = new GoldenData(temporary);
    List<Runs> runs = new ArrayList<>();
    try (Checkpoint reference = golden.reference()) {
      runs.add(new Runs("golden", reference.file(), "scheduler", golden.scheduler()));
    }
    for (Path folder : Oracles.foldersIfAny("scheduler")) {
      try (Stream<Path> entries = Files.list(folder)) {
        entries
            .filter(file -> file.toString().endsWith(".safetensors"))
            .sorted()
            .forEach(
                file ->
                    runs.add(
                        new Runs(
                            folder.getFileName().toString(),
                            file,
                            "",
                            file.resolveSibling("scheduler_config.json"))));
      }
    }
    return runs;
  }

  @Test
  void alphasEqualTheReference() throws Exception {
    for (Runs runs : runs()) {
      try (Checkpoint oracle = runs.open()) {
        assertThat(runs.schedule().alphasCumprod())
            .as(runs.name())
            .containsExactly(Oracles.floats(oracle, "alphas_cumprod"), Offset.offset(2e-7f));
      }
    }
  }

  @TestFactory
  List<DynamicTest> timestepsAndTrajectoriesEqualTheReference() throws Exception {
    List<DynamicTest> tests = new ArrayList<>();
    for (Runs runs : runs()) {
      try (Checkpoint oracle = runs.open()) {
        for (String name : oracle.tensors().keySet()) {
          Matcher run = RUN.matcher(name);
          if (run.matches()) {
            Scheduler.Kind kind =
                run.group(1).equals("ddim") ? Scheduler.Kind.DDIM : Scheduler.Kind.DPM_SOLVER;
            int steps = Integer.parseInt(run.group(2));
            tests.add(
                DynamicTest.dynamicTest(
                    runs.name() + " " + run.group(1) + " " + steps,
                    () -> followsTheReference(runs, run.group(1) + "." + steps, kind, steps)));
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static void followsTheReference(Runs runs, String run, Scheduler.Kind kind, int steps)
      throws Exception {
    Scheduler scheduler = kind.create(runs.schedule(), steps);
    try (Checkpoint oracle = runs.open();
        NDManager manager = NDManager.newBaseManager()) {
      LongBuffer expected = oracle.data(run + ".timesteps").asLongBuffer();
      long[] timesteps = new long[expected.remaining()];
      expected.get(timesteps);
      assertThat(scheduler.timesteps()).containsExactly(timesteps);

      if (!oracle.tensors().containsKey(run + ".x.0")) {
        return;
      }
      Scheduler.Trajectory trajectory =
          scheduler.begin(manager, new DeviceNumbers(manager, scheduler.numbers()));
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
