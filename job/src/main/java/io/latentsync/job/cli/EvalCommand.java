package io.latentsync.job.cli;

import ai.djl.Device;
import io.latentsync.audio.PcmFile;
import io.latentsync.job.cli.progress.TerminalProgress;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.spark.ProgressDisplay;
import io.latentsync.job.stage.Notes;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.sound.SoundRepairs;
import io.latentsync.media.video.Deinterlacing;
import io.latentsync.media.video.FrameRatePolicy;
import io.latentsync.media.video.VideoProbe;
import io.latentsync.model.sync.SyncEvaluation;
import io.latentsync.model.sync.SyncReport;
import io.latentsync.model.validate.Validation;
import io.latentsync.nn.checkpoint.Checkpoint;
import io.latentsync.nn.networks.SyncNet;
import io.latentsync.nn.torch.TorchEngine;
import io.latentsync.text.Printable;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command that measures how well the lips of a video follow a speech. */
@Command(
    name = "eval",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    versionProvider = BuildVersion.class,
    description =
        "Measures how well the lips of a video follow its own sound or another speech: the"
            + " correlation of the mouth's opening with the speech's envelope and, with"
            + " --syncnet_path, SyncNet's offset, Sync-C and Sync-D. A video of another frame rate"
            + " is resampled to 25 frames a second.")
public final class EvalCommand implements UserCommand {

  @Parameters(index = "0", paramLabel = "VIDEO", description = "The video, such as a dubbed one.")
  private String video;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "AUDIO",
      description = "The speech, which starts at the first frame. Default: the video's own sound.")
  private String audio;

  @Option(
      names = "--source",
      paramLabel = "FILE",
      description =
          "The source of a dubbed VIDEO: also compares the two, as dub --validate does. The"
              + " provenance file beside VIDEO, if there is one, says which frames belong together"
              + " and which have new lips.")
  private String source;

  @Option(
      names = "--syncnet_path",
      paramLabel = "FILE",
      description = "SyncNet's checkpoint, syncnet_v2.model.")
  private String syncNet;

  @Option(
      names = "--deinterlace",
      defaultValue = "auto",
      paramLabel = "KIND",
      description =
          "auto: convert frames that are flagged as interlaced to full frames. off: keep them as"
              + " they are.")
  private Deinterlacing deinterlace;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = UserCommand.hadoop();
    InputCheck check = new InputCheck(hadoop);
    check.readable("VIDEO", OptionCheck.location("VIDEO", video), false);
    if (audio != null) {
      check.readable("AUDIO", OptionCheck.location("AUDIO", audio), false);
    }
    if (source != null) {
      check.readable("--source", OptionCheck.location("--source", source), false);
    }
    if (syncNet != null) {
      check.readable("--syncnet_path", OptionCheck.location("--syncnet_path", syncNet), false);
    }
    check.finish();
    try (Scratch scratch = Scratch.temporary()) {
      Path file = scratch.input(OptionCheck.location("VIDEO", video), hadoop);
      Path sound =
          audio == null ? file : scratch.input(OptionCheck.location("AUDIO", audio), hadoop);
      Path pcm = scratch.folder().resolve("speech.pcm");
      SoundRepairs repairs = PcmFile.decode(sound, pcm).repairs();
      if (repairs.repaired() > 0) {
        line("note", "the speech has %s; set to 0".formatted(repairs.text()));
      }
      try (PcmFile speech = PcmFile.open(pcm)) {
        SyncEvaluation.Result result;
        if (syncNet == null) {
          result = measure(file, speech, Optional.empty());
        } else {
          TorchEngine.load();
          Path weights = scratch.input(OptionCheck.location("--syncnet_path", syncNet), hadoop);
          try (Checkpoint checkpoint = Checkpoint.open(weights);
              SyncNet network = SyncNet.load(checkpoint, Device.cpu())) {
            result = measure(file, speech, Optional.of(network));
          }
        }
        print(result);
        OutputEvaluation evaluation =
            OutputEvaluation.of(OptionCheck.location("VIDEO", video), hadoop);
        if (evaluation.speakers() > 1) {
          line(
              "note",
              "the video has %d speakers; the sync is that of the largest face with the whole sound"
                  .formatted(evaluation.speakers()));
        }
        if (source != null) {
          validate(
              file,
              scratch.input(OptionCheck.location("--source", source), hadoop),
              result,
              evaluation);
        }
      }
    }
    return ExitCode.DONE.code();
  }

  private SyncEvaluation.Result measure(Path file, PcmFile speech, Optional<SyncNet> network)
      throws IOException {
    VideoProbe probe = VideoProbe.of(file, FrameRatePolicy.REFERENCE, deinterlace);
    int frames = SyncEvaluation.frames(probe, speech);
    if (frames == 0) {
      throw new InvalidInputException("%s: its sound is shorter than a frame".formatted(file));
    }
    long passes = 2L * frames;
    AtomicLong done = new AtomicLong();
    try (ProgressDisplay progress = TerminalProgress.open("eval", "frame passes", passes)) {
      SyncEvaluation.Result result =
          new SyncEvaluation(
                  file, probe, speech, () -> progress.show(done.incrementAndGet(), passes))
              .measure(network);
      if (result.faces() == 0) {
        throw InvalidInputException.noFace(OptionCheck.location("VIDEO", video), frames);
      }
      Notes.ofPictures(frames, result.converted(), result.deinterlaced(), probe)
          .forEach(note -> line("note", note));
      return result;
    }
  }

  private void validate(
      Path file, Path original, SyncEvaluation.Result result, OutputEvaluation evaluation)
      throws IOException {
    try (ProgressDisplay progress = TerminalProgress.open("validate", "frames", 0)) {
      Validation validation =
          evaluation.compare(file, original, result.traces().orElseThrow(), progress);
      line("validation", validation.text());
      // Only one of several faces is known here, so the others' new lips would be findings.
      if (evaluation.speakers() <= 1) {
        validation.findings().forEach(finding -> line("warning", finding));
      }
    }
    if (!evaluation.isDescribed()) {
      line(
          "note",
          "there is no provenance file beside the video: all frames with a face count as dubbed");
    }
  }

  private void print(SyncEvaluation.Result result) {
    line(
        "video",
        "%s: %d frames (%.2f s at 25 fps), a face in %d"
            .formatted(
                Printable.value(video),
                result.frames(),
                FrameRate.REFERENCE.seconds(result.frames()),
                result.faces()));
    line(
        "sync",
        result
            .sync()
            .map(SyncReport::text)
            .orElse("not measured: this build has no face mesh; install npm and build again"));
    result.sync().ifPresent(report -> report.segmentLines().forEach(text -> line("", text)));
    if (syncNet != null) {
      printScores(result.scores());
    }
  }

  private static void printScores(List<SyncEvaluation.RangeScore> ranges) {
    if (ranges.isEmpty()) {
      line("SyncNet", "no value: no face is visible for more than two seconds");
    }
    for (SyncEvaluation.RangeScore scored : ranges) {
      FrameRange range = scored.range();
      line(
          "SyncNet",
          "%s (frames %d to %d)"
              .formatted(
                  SyncReport.text(scored.score()),
                  range.first(),
                  range.first() + range.frames() - 1));
    }
  }

  private static void line(String name, String value) {
    System.out.println(String.format(Locale.ROOT, "%-12s %s", name, Printable.line(value)));
  }
}
