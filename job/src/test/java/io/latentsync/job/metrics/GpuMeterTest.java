package io.latentsync.job.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses output in the format that nvidia-smi's manual defines. */
final class GpuMeterTest {
  private static final String H100 = "0, NVIDIA H100 80GB HBM3, 87, 12345, 81559";

  @TempDir Path folder;

  @Test
  void aLineIsASampleOfAGpu() {
    assertThat(GpuSample.parse(H100))
        .contains(new GpuSample(0, "NVIDIA H100 80GB HBM3", 0.87, 12_345, 81_559));
  }

  @Test
  void valuesThatAGpuDoesNotReportAreNaN() {
    GpuSample sample = GpuSample.parse("12, Tesla K80, [N/A], 11, [Not Supported]").orElseThrow();
    assertThat(sample.index()).isEqualTo(12);
    assertThat(sample.utilisation()).isNaN();
    assertThat(sample.usedMib()).isEqualTo(11);
    assertThat(sample.memoryMib()).isNaN();
  }

  @Test
  void linesWithoutMeasurementsAreSkipped() {
    assertThat(GpuSample.parse("No devices were found")).isEmpty();
    assertThat(GpuSample.parse("")).isEmpty();
    assertThat(GpuSample.parse("0, NVIDIA H100 80GB HBM3, 87 %, 12345 MiB, 81559 MiB")).isEmpty();
  }

  @Test
  void theUseOfAGpuIsItsMeanUtilisationAndPeakMemory() {
    List<GpuUse> uses =
        GpuMeter.uses(
            List.of(
                new GpuSample(1, "B", Double.NaN, Double.NaN, Double.NaN),
                new GpuSample(0, "A", 0.2, 900, 1000),
                new GpuSample(0, "A", Double.NaN, 950, 1000),
                new GpuSample(0, "A", 0.6, 100, 1000)),
            "synthesise",
            "3");
    assertThat(uses).hasSize(2);
    assertThat(uses.get(0).utilisation()).isCloseTo(0.4, within(1e-12));
    assertThat(uses.get(0).peakMemoryMib()).isEqualTo(950);
    assertThat(uses.get(0).process()).isEqualTo("3");
    assertThat(uses.get(1))
        .isEqualTo(new GpuUse("synthesise", "3", 1, "B", Double.NaN, Double.NaN, Double.NaN));
  }

  @Test
  void theProgramsOutputIsReadUntilItEnds() throws Exception {
    Path printed = folder.resolve("printed");
    Path program = folder.resolve("nvidia-smi");
    Files.writeString(
        program,
        """
        #!/bin/sh
        echo "$@" > "%s.arguments"
        echo "%s"
        echo "0, NVIDIA H100 80GB HBM3, 13, 20000, 81559"
        touch "%s"
        exec sleep 100
        """
            .formatted(printed, H100, printed));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    GpuMeter meter = GpuMeter.begin("/nowhere:" + folder).orElseThrow();
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(printed));
    List<GpuUse> uses = meter.finish("synthesise", "driver");

    assertThat(uses)
        .containsExactly(
            new GpuUse("synthesise", "driver", 0, "NVIDIA H100 80GB HBM3", 0.5, 20_000, 81_559));
    assertThat(Files.readString(Path.of(printed + ".arguments")))
        .contains("--query-gpu=index,name,utilization.gpu,memory.used,memory.total")
        .contains("--loop-ms=");
  }

  @Test
  void aMachineWithoutNvidiaSmiHasNoMeter() throws Exception {
    Optional<GpuMeter> meter = GpuMeter.begin(folder + "::" + folder.resolve("none"));
    assertThat(meter).isEmpty();
  }
}
