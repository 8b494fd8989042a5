package io.latentsync.job.cli.arguments;

import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** The part of the command line that names what is dubbed. */
public final class InputArguments {
  private static final String DEMO_FOLDER = "latentsync-demo";

  @Option(
      names = "--demo",
      description =
          "Try it: dubs a sample clip of a synthetic head with a sample speech and the"
              + " demonstration model. The samples are put beside the output,"
              + " latentsync-demo/dubbed.mp4 if none is named. Other options may be given beside"
              + " it.")
  private boolean demo;

  @Option(
      names = "--video_path",
      paramLabel = "FILE",
      description = "The talking-head video, in any format and frame rate.")
  private String video;

  @Option(
      names = "--audio_path",
      paramLabel = "FILE",
      description = "The new speech, in any format, or a video that has it.")
  private String audio;

  @Option(
      names = "--video_out_path",
      paramLabel = "FILE",
      description =
          "The video to write: .mp4, .m4v, .mov or .mkv, each with H.264 and AAC. Appears when it is"
              + " complete; replaces a file of that name.")
  private String output;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description =
          "In place of one video, a list of them: JSON lines (.jsonl, .ndjson, .json), CSV with a"
              + " first line of names (.csv), Avro (.avro) or Parquet (.parquet), or a folder of"
              + " such files. Fields: id, video, audio, output and, if a request wants its own,"
              + " seed, steps, guidance, fps. Relative paths are relative to the manifest's folder. All"
              + " of it is checked before work begins; then a request that fails does not stop the"
              + " others. Exit code: 0 all done, 3 some failed, 2 the manifest cannot be used.")
  private String manifest;

  /**
   * What is dubbed. The demonstration's samples are put next to the output where the user named no
   * video or speech.
   *
   * @param modelNamed whether the user named a model
   * @throws IOException naming the option if a file is missing or options contradict each other, or
   *     if the samples cannot be written
   */
  public DubInputs resolve(boolean modelNamed, Configuration configuration) throws IOException {
    if (manifest != null) {
      if (demo || video != null || audio != null || output != null) {
        throw new InvalidInputException(
            "--manifest %s: names the videos itself; --video_path, --audio_path, --video_out_path and"
                    .formatted(manifest)
                + " --demo do not go with it");
      }
      return new DubInputs.Listed(OptionCheck.location("--manifest", manifest));
    }
    if (!demo) {
      return new DubInputs.Single(
          OptionCheck.location("--video_path", video),
          OptionCheck.location("--audio_path", audio),
          OptionCheck.location("--video_out_path", output),
          false);
    }
    if (!modelNamed && !Demonstration.hasModel()) {
      throw new InvalidInputException(
          "--demo: this build has no demonstration model; --inference_ckpt_path must name one");
    }
    Location target =
        output == null
            ? new Location(DEMO_FOLDER).child("dubbed.mp4")
            : OptionCheck.location("--video_out_path", output);
    return new DubInputs.Single(
        video == null
            ? Demonstration.putClip(target.parent(), configuration)
            : OptionCheck.location("--video_path", video),
        audio == null
            ? Demonstration.putSpeech(target.parent(), configuration)
            : OptionCheck.location("--audio_path", audio),
        target,
        audio == null);
  }
}
