package io.latentsync.train.clip;

import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes the sample clips and speech tracks of the demo: {@code MakeSamples <folder>}. Heads,
 * sentences and voices are held out from training. A CSV with the true mouth of each frame belongs
 * to each file.
 */
public final class MakeSamples {
  /** Pairs whose clips and new speech last 4 to 6 seconds; the two heads are unlike. */
  private static final List<Integer> CLIPS = List.of(0, 4);

  private static final List<Integer> SPEECHES = List.of(1, 5, 2);

  private MakeSamples() {}

  /** Writes the samples into the folder given as the one argument. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("one argument is needed: the folder to write into");
    }
    write(Files.createDirectories(Path.of(arguments[0])));
  }

  private static void write(Path folder) throws IOException {
    EspeakNg espeak = new EspeakNg();
    List<HeldOut.Pair> pairs = HeldOut.pairs();
    for (int i = 0; i < CLIPS.size(); i++) {
      SyntheticClip clip = SyntheticClip.of(pairs.get(CLIPS.get(i)).clip(), espeak);
      String name = "clip" + (i + 1);
      ClipFiles.writeVideo(clip, folder.resolve(name + ".mp4"));
      ClipFiles.writeTruth(clip, folder.resolve(name + ".csv"));
    }
    for (int i = 0; i < SPEECHES.size(); i++) {
      SyntheticClip spoken = SyntheticClip.of(pairs.get(SPEECHES.get(i)).clip(), espeak);
      String name = "speech" + (i + 1);
      ClipFiles.writeSpeech(spoken, folder.resolve(name + ".wav"));
      ClipFiles.writeTruth(spoken, folder.resolve(name + ".csv"));
    }
  }
}
