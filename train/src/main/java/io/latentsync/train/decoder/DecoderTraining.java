package io.latentsync.train.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.latentsync.image.RgbImage;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.train.evaluation.ContactSheet;
import io.latentsync.train.evaluation.MouthRegion;
import io.latentsync.train.objective.LearningRate;
import io.latentsync.train.objective.LossLog;
import io.latentsync.train.objective.Training;
import io.latentsync.train.objective.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * Trains a decoder until the held-out faces no longer improve. The weights are averaged over the
 * steps; those of the best measurement are written. Runs that are stopped continue from the last
 * saved state.
 */
public final class DecoderTraining {
  private static final Duration BETWEEN_SAVES = Duration.ofMinutes(3);

  /** Held-out faces whose loss decides when to stop. */
  private static final int MEASURED_FACES = 16;

  private static final int SHEET_COLUMNS = 6;
  private static final int WARM_UP_SHARE = 20;

  private final VaeFolder source;
  private final Path out;
  private final FaceFootage footage;
  private final DecoderOptions options;

  /**
   * A training.
   *
   * @param source the autoencoder to start from
   * @param out folder of the trained one; its subfolder {@code training} has states and logs
   */
  public DecoderTraining(VaeFolder source, Path out, FaceFootage footage, DecoderOptions options) {
    this.source = source;
    this.out = out;
    this.footage = footage;
    this.options = options;
  }

  /**
   * Trains and writes the autoencoder, the plot of the loss and a sheet of held-out mouths.
   *
   * @param device manager on the device
   * @param end time at which the training stops; call again to continue
   * @return a summary in some lines
   * @throws IOException if a file cannot be read or written
   */
  public String run(NDManager device, Instant end, ProgressDisplay.Opener progress)
      throws IOException {
    try (NDManager manager = device.newSubManager()) {
      SortedMap<String, NDArray> original = source.read(manager);
      SortedMap<String, NDArray> decoder = DecoderObjective.decoderOf(source.config(), original);
      try (DecoderObjective objective =
              new DecoderObjective(
                  manager, source.config(), original, footage.training(), options);
          TrainingState state =
              Files.exists(file("decoder.safetensors"))
                  ? TrainingState.read(manager, objective.weights(), file("decoder.safetensors"))
                  : TrainingState.of(manager, decoder)) {
        HeldOutLog log = HeldOutLog.open(file("held-out.csv"), state.step());
        if (log.isEmpty()) {
          log.add(new HeldOutLog.Check(0, objective.loss(decoder, measured())));
          if (state.step() == 0) {
            source.writeWith(decoder, out);
          } else {
            // The log was removed. The weights in the output are the best of the steps so far.
            log.add(
                new HeldOutLog.Check(state.step(), objective.loss(written(manager), measured())));
          }
        }
        train(objective, state, log, end, progress);
        return compare(objective, decoder, log, state.step());
      }
    }
  }

  private void train(
      DecoderObjective objective,
      TrainingState state,
      HeldOutLog checks,
      Instant end,
      ProgressDisplay.Opener opener)
      throws IOException {
    int steps = options.steps();
    LearningRate rate =
        new LearningRate(options.learningRate(), Math.max(1, steps / WARM_UP_SHARE), steps);
    Training training = new Training(objective, rate, options.seed());
    Instant save = Instant.now().plus(BETWEEN_SAVES);
    try (LossLog log = LossLog.open(file("decoder.csv"), state.step());
        ProgressDisplay progress = opener.open("decoder", "steps", steps)) {
      while (state.step() < steps
          && checks.sinceBest() < options.patience()
          && Instant.now().isBefore(end)) {
        Training.Report report = training.step(state);
        log.add(report);
        boolean check = state.step() % options.checkEvery() == 0 || state.step() == steps;
        if (check) {
          measure(objective, state, checks);
        }
        progress.note(
            String.format(
                Locale.ROOT, "loss %.5f, held out %.5f", report.loss(), checks.best().loss()));
        progress.show(state.step(), steps);
        // A measurement may have written weights, to which an older state does not belong.
        if (check || Instant.now().isAfter(save)) {
          log.flush();
          state.save(file("decoder.safetensors"));
          save = Instant.now().plus(BETWEEN_SAVES);
        }
      }
      state.save(file("decoder.safetensors"));
      if (!log.isEmpty()) {
        log.plot(file("decoder.png"), "decoder: loss by step");
      }
    }
  }

  /** Measures the averaged weights and writes them if they are the best so far. */
  private void measure(DecoderObjective objective, TrainingState state, HeldOutLog checks)
      throws IOException {
    NDArray vector = state.average();
    try (NDManager scope = vector.getManager().newSubManager()) {
      scope.tempAttachAll(vector);
      SortedMap<String, NDArray> average = state.tensors(vector);
      if (checks.add(new HeldOutLog.Check(state.step(), objective.loss(average, measured())))) {
        source.writeWith(average, out);
      }
    }
  }

  /** The decoder in the output. */
  private SortedMap<String, NDArray> written(NDManager manager) throws IOException {
    return DecoderObjective.decoderOf(source.config(), new VaeFolder(out).read(manager));
  }

  /** Held-out faces, evenly spaced. */
  private List<RgbImage> measured() {
    List<RgbImage> all = footage.heldOut().stream().flatMap(List::stream).toList();
    int count = Math.min(MEASURED_FACES, all.size());
    List<RgbImage> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(all.get((int) ((2L * i + 1) * all.size() / (2L * count))));
    }
    return some;
  }

  private String compare(
      DecoderObjective objective, SortedMap<String, NDArray> original, HeldOutLog log, long step)
      throws IOException {
    List<List<RgbImage>> truth = footage.heldOut();
    List<List<RgbImage>> before = decode(objective, original);
    List<List<RgbImage>> after;
    try (NDManager scope = original.get(original.firstKey()).getManager().newSubManager()) {
      after = decode(objective, written(scope));
    }
    sheet(truth, before, after);
    FaceDetail old = FaceDetail.of(before, truth);
    FaceDetail trained = FaceDetail.of(after, truth);
    HeldOutLog.Check best = log.best();
    return String.format(
        Locale.ROOT,
        "steps        %d; the weights of step %d are the best on %d held-out faces%n"
            + "mouth error  %.2f grey levels before, %.2f after%n"
            + "fine detail  %.0f %% of the true mouth's energy before, %.0f %% after%n"
            + "flicker      %.3f grey levels from the true change between frames before, %.3f after%n",
        step,
        best.step(),
        footage.heldOutFaces(),
        old.error(),
        trained.error(),
        100 * old.energy(),
        100 * trained.energy(),
        old.flicker(),
        trained.flicker());
  }

  private List<List<RgbImage>> decode(
      DecoderObjective objective, SortedMap<String, NDArray> weights) {
    return footage.heldOut().stream().map(run -> objective.decode(weights, run)).toList();
  }

  private void sheet(
      List<List<RgbImage>> truth, List<List<RgbImage>> before, List<List<RgbImage>> after)
      throws IOException {
    ContactSheet.write(
        List.of(row("truth", truth), row("before", before), row("after", after)),
        out.resolve("held-out.png"));
  }

  private static ContactSheet.Row row(String name, List<List<RgbImage>> runs) {
    List<RgbImage> faces = runs.stream().flatMap(List::stream).toList();
    List<RgbImage> mouths = new ArrayList<>();
    for (int column = 0; column < SHEET_COLUMNS; column++) {
      mouths.add(
          MouthRegion.crop(faces.get((2 * column + 1) * faces.size() / (2 * SHEET_COLUMNS))));
    }
    return new ContactSheet.Row(name, mouths);
  }

  private Path file(String name) {
    return out.resolve("training").resolve(name);
  }
}
