package io.latentsync.job.cli.arguments;

import io.latentsync.job.edit.Edit;
import io.latentsync.job.edit.EditFile;
import io.latentsync.job.edit.OutputSound;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.manifest.ManifestFiles;
import io.latentsync.job.request.Demonstration;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.storage.Location;
import io.latentsync.text.Printable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** The options of the inputs and the output. */
public final class InputArguments {
  private static final String DEMO_FOLDER = "latentsync-demo";

  @Option(
      names = "--demo",
      description =
          "Dub a sample clip of a synthetic head with a sample speech and the demonstration model."
              + " The samples are written to the output's folder. The output is"
              + " latentsync-demo/dubbed.mp4 unless --video_out_path names another. Other options"
              + " can be combined with it.")
  private boolean demo;

  @Option(
      names = "--video_path",
      paramLabel = "FILE",
      description = "The talking-head video, in any format and frame rate.")
  private String video;

  @Option(
      names = "--audio_path",
      paramLabel = "FILE",
      description = "The new speech: a sound file in any format, or a video with sound.")
  private String audio;

  @Option(
      names = "--video_out_path",
      paramLabel = "FILE",
      description =
          "The video to write: .mp4, .m4v, .mov or .mkv, with H.264 or HEVC, and AAC. It appears when it is"
              + " complete and replaces an existing file.")
  private String output;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description =
          "A list of requests instead of a single video: JSON lines (.jsonl, .ndjson, .json), CSV"
              + " with a header line (.csv), Avro (.avro), Parquet (.parquet), or a folder of such"
              + " files as Spark writes it (part-…). Another folder, or a glob such as"
              + " 'drop/*.csv', names several manifests: each is a batch of its own, in the order of"
              + " their names, with its results in a folder next to it. Fields: id, video, audio,"
              + " output and, optionally, seed, steps, guidance, fps, sync_mode, keep, silence, label,"
              + " speakers, ranges, sound. Relative paths are relative"
              + " to the manifest's folder. The whole manifest is checked before work begins. A failed"
              + " request does not stop the others. Exit code: 0 all are done, 2 the manifest cannot"
              + " be used, 3 some failed.")
  private String manifest;

  @Option(
      names = "--edit",
      paramLabel = "FILE",
      description =
          "A JSON file with several speakers, each with a face and a speech, and with ranges of the"
              + " output that are dubbed or kept; see docs/edit.md. Speakers without a speech of"
              + " their own follow --audio_path.")
  private String edit;

  @Option(
      names = "--sound",
      paramLabel = "mix|FILE",
      description =
          "The sound of the output. mix: the sum of the speakers' speeches, with a limiter against"
              + " clipping; the default if there are several. FILE: another file, such as the speech"
              + " with music. Default: the speech.")
  private String sound;

  /** What {@code --manifest} names, for messages. */
  public String manifest() {
    return Printable.value(manifest);
  }

  /** Whether the demonstration is requested. */
  public boolean isDemonstration() {
    return demo;
  }

  /**
   * The inputs: one, except for a folder of manifests or a glob. For the demonstration, the sample
   * video and speech are copied next to the output, unless options name others.
   *
   * @param modelNamed whether an option names a model
   * @param mayBeEmpty whether a folder or glob without manifests is valid
   * @throws IOException naming the option if a file is missing or options contradict each other, or
   *     if the samples cannot be written
   */
  public List<DubInputs> resolve(
      boolean modelNamed, boolean mayBeEmpty, Configuration configuration) throws IOException {
    return manifest == null
        ? List.of(single(modelNamed, configuration))
        : listed(mayBeEmpty, configuration);
  }

  private List<DubInputs> listed(boolean mayBeEmpty, Configuration configuration)
      throws IOException {
    if (demo || video != null || audio != null || output != null) {
      throw new InvalidInputException(
          ("--manifest %s: already names the videos; omit --video_path, --audio_path,"
                  + " --video_out_path and --demo")
              .formatted(manifest));
    }
    if (edit != null || sound != null) {
      throw new InvalidInputException(
          "--manifest %s: its fields speakers, ranges and sound replace --edit and --sound"
              .formatted(manifest));
    }
    ManifestFiles found =
        ManifestFiles.of(OptionCheck.location("--manifest", manifest), configuration);
    if (found.manifests().isEmpty() && !mayBeEmpty) {
      throw new InvalidInputException(
          "--manifest %s: has no manifests: files that end in .jsonl, .ndjson, .json, .csv, .avro or"
                  .formatted(manifest())
              + " .parquet, or folders as Spark writes them; --allow_empty makes that a success");
    }
    return found.manifests().stream()
        .map(file -> (DubInputs) new DubInputs.Listed(file, found.several()))
        .toList();
  }

  private DubInputs single(boolean modelNamed, Configuration configuration) throws IOException {
    if (!demo) {
      Location source = OptionCheck.location("--video_path", video);
      if (audio == null && edit == null) {
        OptionCheck.location("--audio_path", null);
      }
      Optional<Location> speech =
          audio == null
              ? Optional.empty()
              : Optional.of(OptionCheck.location("--audio_path", audio));
      Edit speakers = edit(speech, configuration);
      return new DubInputs.Single(
          source,
          speech.orElseGet(() -> speakers.speakers().get(0).speech()),
          OptionCheck.location("--video_out_path", output),
          speakers,
          false);
    }
    if (edit != null) {
      throw new InvalidInputException(
          "--edit %s: cannot be combined with --demo; name the video with --video_path"
              .formatted(edit));
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
        edit(Optional.empty(), configuration),
        audio == null);
  }

  private Edit edit(Optional<Location> speech, Configuration configuration)
      throws InvalidInputException {
    Edit read =
        edit == null
            ? Edit.NONE
            : EditFile.read(OptionCheck.location("--edit", edit), speech, configuration);
    if (sound == null) {
      return read;
    }
    Location file = OptionCheck.location("--sound", sound);
    return read.with(OutputSound.named(sound, name -> file));
  }
}
