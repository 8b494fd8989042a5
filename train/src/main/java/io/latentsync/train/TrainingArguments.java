package io.latentsync.train;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.data.SentenceFolder;
import io.latentsync.train.objective.ModelFolder;
import io.latentsync.train.objective.NetworkConfigs;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of all stages that train a network. */
final class TrainingArguments {
  private static final int MOST_THREADS = 1024;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the clips that the stage data has made.")
  private Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model and of the saved training states.")
  private Path out;

  @Mixin private ModelSizes sizes;

  @Option(
      names = "--minutes",
      defaultValue = "60",
      paramLabel = "N",
      description = "Stop after N minutes. Call again to continue.")
  private double minutes;

  @Option(
      names = "--learning_rate",
      defaultValue = "0.001",
      paramLabel = "X",
      description = "The highest learning rate.")
  private double learningRate;

  @Option(
      names = "--start_from",
      paramLabel = "FILE",
      description =
          "A saved state of another training. Its weights are used where names and shapes match, such"
              + " as to add motion modules to a denoiser.")
  private Path startFrom;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description = "Seed of the initial weights and of all random choices.")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "2",
      paramLabel = "N",
      description = "Threads for tensor operations. Another number gives other rounding.")
  private int threads;

  /**
   * Must be called before the first array is made, which is when the engine reads the number of
   * threads.
   */
  void applyThreads() throws InvalidInputException {
    OptionCheck.requireBetween("--threads", threads, 1, MOST_THREADS);
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
    TorchEngine.load();
  }

  NetworkConfigs config() throws IOException {
    return sizes.read();
  }

  FaceFolder clips() throws IOException {
    return FaceFolder.open(data);
  }

  SentenceFolder sentences() {
    return SentenceFolder.of(data);
  }

  Path out() {
    return out;
  }

  ModelFolder model() {
    return new ModelFolder(out);
  }

  /** The folder of states and logs. */
  Path training() {
    return out.resolve("training");
  }

  /** The file of a stage's saved state. */
  Path state(String stage) {
    return training().resolve(stage + ".safetensors");
  }

  double minutes() {
    return minutes;
  }

  double learningRate() {
    return learningRate;
  }

  /** Null for none. */
  Path startFrom() {
    return startFrom;
  }

  long seed() {
    return seed;
  }
}
