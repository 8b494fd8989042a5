package io.latentsync.train.data;

import ai.djl.ndarray.NDManager;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.clip.TrainingClips;
import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A folder of sentences, one safetensors file each, with the tensors of {@link Utterance}. */
public final class SentenceFolder {
  private static final String ENDING = ".safetensors";

  private final Path folder;

  /** A folder, which need not exist yet. */
  public SentenceFolder(Path folder) {
    this.folder = folder;
  }

  /** The sentence folder inside a folder of clips. */
  public static SentenceFolder of(Path clips) {
    return new SentenceFolder(clips.resolve("sentences"));
  }

  /**
   * Makes the sentence of a seed ({@link TrainingClips#sentence}) unless its file exists.
   *
   * @throws IOException if it cannot be spoken or written
   */
  public void make(int seed, EspeakNg espeak) throws IOException {
    Path file = folder.resolve("%05d".formatted(seed) + ENDING);
    if (!Files.exists(file)) {
      SyntheticClip clip = SyntheticClip.of(TrainingClips.sentence(seed), espeak);
      CheckpointWriter.safetensors(file, Utterance.of(clip).tensors());
    }
  }

  /**
   * All sentences, sorted by name; none if the folder does not exist.
   *
   * @param manager owner of the result
   * @throws IOException if one cannot be read
   */
  public List<SpokenSentence> read(NDManager manager) throws IOException {
    List<SpokenSentence> sentences = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.list(folder)) {
        for (Path file : all.filter(SentenceFolder::isSentence).sorted().toList()) {
          try (Checkpoint checkpoint = Checkpoint.open(file)) {
            sentences.add(SpokenSentence.of(manager, Utterance.read(checkpoint)));
          }
        }
      }
    }
    return sentences;
  }

  private static boolean isSentence(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(ENDING) && !name.startsWith(".");
  }
}
