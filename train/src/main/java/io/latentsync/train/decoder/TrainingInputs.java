package io.latentsync.train.decoder;

import io.latentsync.job.failure.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The inputs of a training on which its saved state depends. A state must not be continued with
 * others.
 *
 * @param text one line per input
 */
public record TrainingInputs(String text) {
  private static final String FILE = "inputs.txt";

  /**
   * The inputs of a training.
   *
   * @param files the states of videos, VAE and face detectors, as the user named them: a local copy
   *     may be made again
   */
  public static TrainingInputs of(
      List<String> files,
      FaceFootage.Analysis analysis,
      int faces,
      double heldOutSeconds,
      DecoderOptions options) {
    StringBuilder text = new StringBuilder();
    files.forEach(file -> text.append(file).append('\n'));
    text.append(
        "face %s, resolution %d, faces %d, held-out seconds %s%n"
            .formatted(analysis.choice(), analysis.resolution(), faces, heldOutSeconds));
    text.append(
        "batch %d, mouth weight %s, edge weight %s, learning rate %s, steps %d, check every %d, seed %d%n"
            .formatted(
                options.faces(),
                options.mouthWeight(),
                options.edges(),
                options.learningRate(),
                options.steps(),
                options.checkEvery(),
                options.seed()));
    return new TrainingInputs(text.toString());
  }

  /**
   * Stores the inputs in the folder of a new training.
   *
   * @throws InvalidInputException if the folder has a training with other inputs
   */
  public void requireSameAs(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (Files.notExists(file)) {
      Files.createDirectories(folder);
      Files.writeString(file, text);
    } else if (!Files.readString(file).equals(text)) {
      throw new InvalidInputException(
          "--out: %s has a training with other inputs or options; remove it, or use another folder"
              .formatted(folder));
    }
  }
}
