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

/** The options of all stages that learn. */
final class TrainingArguments {
  private static final int MOST_THREADS = 1024;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FOLDER",
      description = "The clips that the stage data has made.")
  private Path data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where the model is written, and the state to go on with.")
  private Path out;

  @Mixin private ModelSizes sizes;

  @Option(
      names = "--minutes",
      defaultValue = "60",
      paramLabel = "N",
      description = "Stop after so much time; call again to go on.")
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
          "The state of another training, whose weights are taken where names and shapes are the"
              + " same; motion modules can be added so to a denoiser trained without.")
  private Path startFrom;

  @Option(
      names = "--seed",
      defaultValue = "1247",
      paramLabel = "N",
      description = "Seed of the first weights and of all that is drawn.")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "2",
      paramLabel = "N",
      description = "Threads of the arithmetic; another number gives other rounding.")
  private int threads;

  /** To be called before the first array is made: then the number of threads is read. */
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
    return SentenceFolder.beside(data);
  }

  Path out() {
    return out;
  }

  ModelFolder model() {
    return new ModelFolder(out);
  }

  /** Where states and logs are. */
  Path training() {
    return out.resolve("training");
  }

  /** Where a stage's state is saved. */
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
