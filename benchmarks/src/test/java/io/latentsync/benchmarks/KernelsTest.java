package io.latentsync.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.latentsync.face.detect.FaceModel;
import java.util.Collection;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

@Tag("slow")
final class KernelsTest {

  @Test
  void everyBenchmarkRunsAndHasARow() throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .mode(Mode.SingleShotTime)
        .forks(0)
        .warmupIterations(0)
        .measurementIterations(1)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
    if (!FaceModel.MESH.available()) {
      options.exclude(LargeFrameBenchmark.class.getName());
      options.exclude(MeshBenchmark.class.getName());
    }
    Collection<RunResult> results = new Runner(options.build()).run();

    String kernels =
        "AudioBenchmark.logMel AudioBenchmark.mfcc CheckpointBenchmark.openSafetensors"
            + " CheckpointBenchmark.openTorch CheckpointBenchmark.readSafetensors"
            + " CheckpointBenchmark.readTorch DiffusionBenchmark.ddimStep"
            + " DiffusionBenchmark.dpmSolverStep FaceBenchmark.cropFace FaceBenchmark.detectFaces"
            + " FaceBenchmark.fitSeamlessly FaceBenchmark.pasteFace"
            + (FaceModel.MESH.available()
                ? " LargeFrameBenchmark.crop LargeFrameBenchmark.cropSharply"
                    + " LargeFrameBenchmark.measureMouth LargeFrameBenchmark.paste"
                    + " LargeFrameBenchmark.pasteSharply LargeFrameBenchmark.toRgb"
                    + " LargeFrameBenchmark.toYuv"
                : "")
            + " MediaBenchmark.decodeFrame MediaBenchmark.rgbToYuv MediaBenchmark.yuvToRgb"
            + (FaceModel.MESH.available() ? " MeshBenchmark.findMesh" : "");
    assertThat(Kernels.table(results).lines().skip(2))
        .map(row -> row.split(" ", -1)[1])
        .containsExactly(kernels.split(" ", -1));
    assertThat(Kernels.table(results).lines().skip(2))
        .allMatch(row -> row.matches("\\| \\w+\\.\\w+ \\| [0-9.]+ \\| ± .+ \\| (µs|ms) \\|"));
  }
}
