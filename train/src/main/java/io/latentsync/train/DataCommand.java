package io.latentsync.train;

import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.train.clip.SyntheticClip;
import io.latentsync.train.clip.TrainingClips;
import io.latentsync.train.data.AlignedHeads;
import io.latentsync.train.data.FaceFolder;
import io.latentsync.train.data.SentenceFolder;
import io.latentsync.train.data.SpeechWindow;
import io.latentsync.train.head.Seeds;
import io.latentsync.train.speech.EspeakNg;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the training data of the other stages. Existing files are kept. */
@Command(
    name = "data",
    description =
        "Makes clips of aligned synthetic heads, and sentences without heads. Needs espeak-ng.")
final class DataCommand implements Callable<Integer> {
  /** File names have five digits. */
  private static final int MOST = 100_000;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the clips, *.safetensors with faces, speech and mouths.")
  private Path data;

  @Option(
      names = "--heads",
      defaultValue = "800",
      paramLabel = "N",
      description = "Number of clips, each of a different head.")
  private int heads;

  @Option(
      names = "--faces",
      defaultValue = "16",
      paramLabel = "N",
      description = "Consecutive frames of each clip that are rendered, from a random frame on.")
  private int faces;

  @Option(
      names = "--sentences",
      defaultValue = "3000",
      paramLabel = "N",
      description =
          "Sentences without heads, in other voices, that only the audio encoder is trained on.")
  private int sentences;

  @Mixin private ModelSizes sizes;

  @Override
  public Integer call() throws IOException {
    OptionCheck.requireBetween("--heads", heads, 0, MOST);
    OptionCheck.requireBetween("--faces", faces, 1, SpeechWindow.FRAMES);
    OptionCheck.requireBetween("--sentences", sentences, 0, MOST);
    int resolution = sizes.read().resolution();
    OptionCheck.requireWritable("--data", data);
    EspeakNg espeak = new EspeakNg();
    SentenceFolder spoken = SentenceFolder.of(data);
    try (FaceDetector detector = FaceDetectors.open();
        ProgressDisplay progress = TerminalProgress.open("data", "files", heads + sentences)) {
      for (int seed = 0; seed < heads; seed++) {
        String name = String.format("%05d", seed);
        if (!FaceFolder.has(data, name)) {
          SyntheticClip clip = SyntheticClip.of(TrainingClips.script(seed), espeak);
          int count = Math.min(faces, clip.frames());
          int first = Seeds.random(seed, "faces").nextInt(clip.frames() - count + 1);
          FaceFolder.write(data, name, AlignedHeads.of(clip, detector, resolution, first, count));
        }
        progress.show(seed + 1, heads + sentences);
      }
      for (int seed = 0; seed < sentences; seed++) {
        spoken.make(seed, espeak);
        progress.show(heads + seed + 1, heads + sentences);
      }
    }
    return 0;
  }
}
