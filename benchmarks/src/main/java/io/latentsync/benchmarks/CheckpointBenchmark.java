package io.latentsync.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.io.MoreFiles;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.testing.Formula;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reading 32 tensors of 1 MiB, from the page cache. */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class CheckpointBenchmark {
  private static final int TENSORS = 32;
  private static final long SIDE = 512;

  private Path folder;
  private Path torch;
  private Path safetensors;
  private NDManager manager;

  /** Writes the files. */
  @Setup
  public void write() throws IOException {
    SortedMap<String, long[]> shapes = new TreeMap<>();
    for (int i = 0; i < TENSORS; i++) {
      shapes.put("layer." + i + ".weight", new long[] {SIDE, SIDE});
    }
    SortedMap<String, Content> weights = Formula.weights("benchmark.", shapes);
    folder = Files.createTempDirectory("benchmark");
    torch = folder.resolve("weights.pt");
    safetensors = folder.resolve("weights.safetensors");
    CheckpointWriter.unet(torch, 1, weights);
    CheckpointWriter.safetensors(safetensors, weights);
    TorchEngine.load();
    manager = NDManager.newBaseManager();
  }

  /** Removes the files. */
  @TearDown
  public void delete() throws IOException {
    manager.close();
    MoreFiles.deleteRecursively(folder);
  }

  /** Reads the directory of a PyTorch file. */
  @Benchmark
  public int openTorch() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(torch)) {
      return checkpoint.tensors().size();
    }
  }

  /** Reads all tensors of a PyTorch file. */
  @Benchmark
  public long readTorch() throws IOException {
    return read(torch);
  }

  /** Reads the directory of a safetensors file. */
  @Benchmark
  public int openSafetensors() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(safetensors)) {
      return checkpoint.tensors().size();
    }
  }

  /** Reads all tensors of a safetensors file. */
  @Benchmark
  public long readSafetensors() throws IOException {
    return read(safetensors);
  }

  private long read(Path file) throws IOException {
    long elements = 0;
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      for (String name : checkpoint.tensors().keySet()) {
        try (NDArray tensor = checkpoint.read(manager, name)) {
          elements += tensor.size();
        }
      }
    }
    return elements;
  }
}
