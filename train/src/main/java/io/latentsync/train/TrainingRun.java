package io.latentsync.train;

import ai.djl.ndarray.NDManager;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.train.objective.LearningRate;
import io.latentsync.train.objective.LossLog;
import io.latentsync.train.objective.Objective;
import io.latentsync.train.objective.Training;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Runs a stage from its initial or saved state to its last step, or until its time is over. */
final class TrainingRun implements AutoCloseable {
  private static final Duration BETWEEN_SAVES = Duration.ofMinutes(3);

  private static final int MOST_MINUTES = 1_000_000;

  private final String stage;
  private final TrainingArguments options;
  private final int steps;
  private Optional<TrainingLock> lock = Optional.empty();

  /**
   * A run of a stage.
   *
   * @param stage used for the names of its files
   * @param steps of the whole training, over all runs
   * @throws IOException if the number of steps is not positive, or the files cannot be written
   */
  TrainingRun(String stage, TrainingArguments options, int steps) throws IOException {
    OptionCheck.requireBetween("--steps", steps, 1, Integer.MAX_VALUE);
    if (!(options.learningRate() > 0)) {
      throw new InvalidInputException(
          "--learning_rate is %s, but must be above 0".formatted(options.learningRate()));
    }
    OptionCheck.requireBetween("--minutes", options.minutes(), 0, MOST_MINUTES);
    OptionCheck.requireWritable("--out", options.training());
    OutputFiles.requireRegular(options.out());
    this.stage = stage;
    this.options = options;
    this.steps = steps;
  }

  /**
   * The saved state; without one, initial weights, with those of {@code --start_from} and of
   * earlier stages where they match.
   *
   * @param earlier states of earlier stages; files that do not exist are skipped
   * @throws IOException if a state cannot be read or none of its weights matches
   */
  TrainingState state(NDManager manager, Objective objective, Path... earlier) throws IOException {
    Path own = options.state(stage);
    if (Files.exists(own)) {
      return TrainingState.read(manager, objective.weights(), own);
    }
    TrainingState state = TrainingState.initial(manager, objective.weights(), options.seed());
    if (options.startFrom() != null) {
      adopt(state, options.startFrom());
    }
    for (Path learnt : earlier) {
      if (Files.exists(learnt)) {
        adopt(state, learnt);
      }
    }
    return state;
  }

  private static void adopt(TrainingState state, Path learnt) throws IOException {
    if (state.adopt(learnt) == 0) {
      throw new IOException(learnt + ": none of its weights matches the model to train");
    }
  }

  /**
   * Trains, then writes state, log and plot. Until this run is closed, no other process can train
   * the stage in this folder.
   *
   * @throws IOException if they cannot be written, data cannot be read, or another process trains
   *     the stage
   */
  void go(Objective objective, TrainingState state) throws IOException {
    lock = Optional.of(TrainingLock.take(options.training(), stage));
    LearningRate rate = new LearningRate(options.learningRate(), Math.max(1, steps / 50), steps);
    Training training = new Training(objective, rate, options.seed());
    Instant end = Instant.now().plusMillis((long) (options.minutes() * 60_000));
    Instant save = Instant.now().plus(BETWEEN_SAVES);
    try (LossLog log = LossLog.open(options.training().resolve(stage + ".csv"), state.step());
        ProgressDisplay progress = TerminalProgress.open(stage, "steps", steps)) {
      while (state.step() < steps && Instant.now().isBefore(end)) {
        Training.Report report = training.step(state);
        log.add(report);
        progress.note(String.format(Locale.ROOT, "loss %.4f", report.loss()));
        progress.show(state.step(), steps);
        if (Instant.now().isAfter(save)) {
          log.flush();
          state.save(options.state(stage));
          save = Instant.now().plus(BETWEEN_SAVES);
        }
      }
      state.save(options.state(stage));
      // A finished state that was copied without its log has nothing to plot.
      if (!log.isEmpty()) {
        log.plot(options.training().resolve(stage + ".png"), stage + ": loss by step");
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (lock.isPresent()) {
      lock.get().close();
    }
  }
}
