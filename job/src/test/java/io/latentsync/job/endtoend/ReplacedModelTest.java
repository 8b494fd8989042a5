package io.latentsync.job.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.latentsync.diffusion.SamplerOptions;
import io.latentsync.diffusion.Scheduler;
import io.latentsync.job.cli.DubCommand;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.metrics.RunProfile;
import io.latentsync.job.metrics.Stage;
import io.latentsync.job.request.DubRequest;
import io.latentsync.job.request.FaceOptions;
import io.latentsync.job.run.DubContext;
import io.latentsync.job.run.DubJob;
import io.latentsync.job.spark.Progress;
import io.latentsync.job.spark.SegmentGroups;
import io.latentsync.job.spark.StagePools;
import io.latentsync.job.spark.WaitingTimes;
import io.latentsync.job.stage.Plan;
import io.latentsync.job.staging.AnalysedFrame;
import io.latentsync.job.storage.Location;
import io.latentsync.job.testing.OtherProcess;
import io.latentsync.model.bundle.ModelBundle;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.checkpoint.CheckpointWriter;
import io.latentsync.nn.checkpoint.CheckpointWriter.Content;
import io.latentsync.testing.NanoModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint that is replaced while the JVM runs on, as in a notebook. */
@Tag("slow")
@Tag("oracle")
final class ReplacedModelTest {
  @TempDir Path folder;

  @Test
  void theNewFileRendersAsInAFreshProcess() throws Exception {
    NanoModels nano = new NanoModels(folder);
    Path unet = Path.of(nano.bundle().unet());
    List<String> command = new ArrayList<>(nano.options());
    command.add("--video_path=" + nano.video(8));
    command.add("--audio_path=" + nano.speech(0.3));
    command.add("--inference_steps=2");
    Path old = folder.resolve("old.mp4");
    assertThat(DubCommand.run(to(old, command))).isZero();

    Path other = folder.resolve("other.pt");
    writeNegative(unet, other);
    Files.delete(unet);
    Files.move(other, unet);
    Path here = folder.resolve("here.mp4");
    assertThat(DubCommand.run(to(here, command))).isZero();
    Path fresh = folder.resolve("fresh.mp4");
    OtherProcess.outputOf(DubCommand.class, to(fresh, command));

    assertThat(here).hasSameBinaryContentAs(fresh);
    assertThat(Files.mismatch(here, old)).isNotEqualTo(-1);
  }

  @Test
  void aFileThatIsReplacedWithinARunEndsIt() throws Exception {
    NanoModels nano = new NanoModels(folder);
    ModelBundle models = nano.bundle();
    Path unet = Path.of(models.unet());
    Path output = folder.resolve("dubbed.mp4");
    DubRequest request =
        new DubRequest(
            "talk",
            new Location(nano.video(5).toString()),
            new Location(nano.speech(0.3).toString()),
            new Location(output.toString()),
            models,
            FaceOptions.DEFAULT,
            new RenderOptions(new SamplerOptions(2, 1, false, Scheduler.Kind.DDIM, 0, 0), 7, 1, 1),
            16);
    SparkConf conf =
        new SparkConf().setAppName("test").setMaster("local[1]").set("spark.ui.enabled", "false");
    Location staging;
    try (JavaSparkContext spark = StagePools.start(conf);
        Progress progress = new Progress(spark.sc(), TerminalProgress::open);
        DubJob job =
            new DubJob(
                new DubContext(
                    spark,
                    progress,
                    new SegmentGroups(1),
                    new WaitingTimes(spark.sc()),
                    RunProfile.OFF),
                request,
                new Location(folder.toString()))) {
      for (Stage stage : Stage.values()) {
        progress.expect(stage, "talk", 1);
      }
      Plan plan = job.plan();
      staging = plan.staging().folder();
      FutureTask<List<AnalysedFrame>> faces =
          new FutureTask<>(
              () -> {
                List<AnalysedFrame> found = job.analyse(plan);
                Path other = folder.resolve("other.pt");
                writeNegative(unet, other);
                Files.move(other, unet, StandardCopyOption.REPLACE_EXISTING);
                return found;
              });
      assertThatThrownBy(() -> job.dub(plan, faces))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              "talk: an input or a model file was replaced during the run; run the command again");
    }
    assertThat(output).doesNotExist();
    assertThat(staging.localPath()).doesNotExist();
  }

  private static String[] to(Path output, List<String> command) {
    List<String> arguments = new ArrayList<>(command);
    arguments.add("--video_out_path=" + output);
    return arguments.toArray(String[]::new);
  }

  /** The same network, but for the sign of what it predicts. */
  private static void writeNegative(Path checkpoint, Path target) throws IOException {
    SortedMap<String, Content> contents = new TreeMap<>();
    try (NDManager manager = NDManager.newBaseManager();
        Checkpoint weights = Checkpoint.open(checkpoint)) {
      for (String nameInFile : weights.tensors().keySet()) {
        NDArray weight = weights.read(manager, nameInFile);
        String name = nameInFile.replaceFirst("^state_dict\\.", "");
        contents.put(
            name,
            Content.of(name.startsWith("conv_out.") ? weight.neg() : weight, DataType.FLOAT32));
      }
    }
    CheckpointWriter.unet(target, 1, contents);
  }
}
