package io.latentsync.train;

import io.latentsync.face.blend.Mask;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.train.clip.HeldOut;
import io.latentsync.train.evaluation.HeldOutTrial;
import io.latentsync.train.evaluation.PerfectDenoiser;
import io.latentsync.train.objective.ModelFolder;
import io.latentsync.train.objective.NetworkConfigs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures the quality of a trained model. */
@Command(
    name = "evaluate",
    description =
        "Dubs held-out clips with the trained model and compares them with the ground truth.")
final class EvaluateCommand implements Callable<Integer> {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model. Results are written to its subfolder evaluation.")
  private Path out;

  @Mixin private ModelSizes sizes;

  @Option(
      names = "--pairs",
      defaultValue = "16",
      paramLabel = "N",
      description = "Number of pairs of clip and speech to dub, 1 to 16.")
  private int pairs;

  @Parameters(
      paramLabel = "OPTION",
      description = "Options of the dub command after --, such as --guidance_scale=1.5.")
  private List<String> dubOptions = List.of();

  @Override
  public Integer call() throws IOException {
    OptionCheck.requireBetween("--pairs", pairs, 1, HeldOut.pairs().size());
    NetworkConfigs config = sizes.read();
    OutputFiles.requireRegular(out);
    ModelFolder model = new ModelFolder(out);
    List<String> options = new ArrayList<>(model.dubOptions());
    options.addAll(dubOptions);
    PerfectDenoiser perfect =
        new PerfectDenoiser(model.readVae(config), Mask.bundled(config.resolution()));
    try (HeldOutTrial trial =
        new HeldOutTrial(options, config.chunkFrames(), perfect, out.resolve("evaluation"))) {
      System.out.print(trial.run(pairs));
    }
    return 0;
  }
}
