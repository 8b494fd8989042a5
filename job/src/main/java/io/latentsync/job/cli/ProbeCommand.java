package io.latentsync.job.cli;

import ai.djl.Device;
import io.latentsync.audio.DecodedSound;
import io.latentsync.audio.FeatureWindows;
import io.latentsync.audio.PcmFile;
import io.latentsync.face.blend.Blend;
import io.latentsync.face.detect.DetectedFace;
import io.latentsync.face.detect.FaceDetector;
import io.latentsync.face.detect.FaceDetectors;
import io.latentsync.face.detect.Rotation;
import io.latentsync.face.track.VideoOrientation;
import io.latentsync.job.cli.arguments.DefaultCheckpoints;
import io.latentsync.job.cli.arguments.RenderArguments;
import io.latentsync.job.failure.ExitCode;
import io.latentsync.job.failure.InvalidInputException;
import io.latentsync.job.request.InputCheck;
import io.latentsync.job.request.OptionCheck;
import io.latentsync.job.stage.InputDamage;
import io.latentsync.job.stage.Notes;
import io.latentsync.job.storage.Location;
import io.latentsync.job.storage.Scratch;
import io.latentsync.media.AacTrack;
import io.latentsync.media.AudioProbe;
import io.latentsync.media.AudioReader;
import io.latentsync.media.FrameState;
import io.latentsync.media.VideoFrame;
import io.latentsync.media.VideoProbe;
import io.latentsync.media.VideoReader;
import io.latentsync.model.bundle.DeviceChoice;
import io.latentsync.model.bundle.ModelConfig;
import io.latentsync.model.bundle.Precision;
import io.latentsync.model.estimate.CostText;
import io.latentsync.model.estimate.WorkEstimate;
import io.latentsync.model.render.FrameSchedule;
import io.latentsync.model.render.RenderOptions;
import io.latentsync.text.Printable;
import io.latentsync.time.FrameRange;
import io.latentsync.time.FrameRate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line that says what dubbing a video would be, without doing it. */
@Command(
    name = "probe",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    showDefaultValues = true,
    abbreviateSynopsis = true,
    versionProvider = BuildVersion.class,
    description =
        "Reports what dubbing a video would do, without doing it: frames, segments and faces. With"
            + " --unet_config_path it also estimates time and memory on this machine. The quality"
            + " and speed options are those of dub.")
public final class ProbeCommand implements UserCommand {
  /** Frames that are looked at for faces, spread over the video. */
  private static final int SAMPLE = 12;

  @Parameters(index = "0", paramLabel = "VIDEO", description = "The talking-head video.")
  private String video;

  @Parameters(index = "1", paramLabel = "AUDIO", description = "The new speech.")
  private String audio;

  @Option(
      names = "--unet_config_path",
      paramLabel = "FILE",
      description =
          "The UNet's yaml, such as conf/unet/stage2.yaml. The estimate needs no checkpoint."
              + " Default: checkpoints/unet_config.yaml if it exists.")
  private String unetConfig;

  @Option(
      names = "--vae_path",
      paramLabel = "FOLDER",
      description = "The VAE in the diffusers layout. Default: a VAE of Stable Diffusion's size.")
  private String vae;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "auto",
      description = "Number type of UNet and VAE for the estimate, as with dub.")
  private Precision dtype;

  @Mixin private RenderArguments rendering = new RenderArguments();

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  @Override
  public boolean verbose() {
    return verbose;
  }

  @Override
  public Integer call() throws IOException {
    int segmentFrames = rendering.segmentFrames();
    RenderOptions options = rendering.options(Blend.REFERENCE);
    Configuration hadoop = UserCommand.hadoop();
    InputCheck check = new InputCheck(hadoop);
    check.readable("VIDEO", OptionCheck.location("VIDEO", video), false);
    check.readable("AUDIO", OptionCheck.location("AUDIO", audio), false);
    if (unetConfig != null) {
      check.readable(
          "--unet_config_path", OptionCheck.location("--unet_config_path", unetConfig), false);
    }
    if (vae != null) {
      check.readable("--vae_path", OptionCheck.location("--vae_path", vae), true);
    }
    check.finish();
    try (Scratch scratch = Scratch.temporary()) {
      Path file = scratch.input(OptionCheck.location("VIDEO", video), hadoop);
      Path sound = scratch.input(OptionCheck.location("AUDIO", audio), hadoop);
      VideoProbe probe = VideoProbe.of(file, options.fps(), options.deinterlacing());
      line("video", text(probe));
      line("audio", text(AudioReader.probe(sound)));
      AacTrack.Channels channels = AacTrack.requireEncodable(sound);
      Path pcm = scratch.folder().resolve("speech.pcm");
      DecodedSound decoded = PcmFile.decode(sound, pcm);
      Notes.ofInputs(probe, decoded.repairs(), channels).forEach(note -> line("note", note));
      FeatureWindows windows;
      try (PcmFile speech = PcmFile.open(pcm)) {
        windows = new FeatureWindows(speech.samples(), probe.frameRate());
      }
      FrameSchedule order = new FrameSchedule(probe.frames(), Math.toIntExact(windows.frames()));
      line("output", text(order, probe.frameRate()));
      Optional<ModelConfig> config = config(hadoop, scratch);
      int chunk = config.map(ModelConfig::chunkFrames).orElse(ModelConfig.DEFAULT_CHUNK_FRAMES);
      int segments = FrameRange.cut(order.frames(), wholeChunks(segmentFrames, chunk)).size();
      line(
          "segments",
          "%d, with %d audio windows of 30 s (%s)"
              .formatted(
                  segments, options.audioWindows().count(windows.rows()), options.audioWindows()));
      line("faces", faces(file, probe, order.framesUsed()));
      InputDamage damage =
          InputDamage.of(order, probe, decoded.damage(), states(file, probe, order.framesUsed()));
      line("damage", damage.notes().isEmpty() ? "none" : String.join("; ", damage.notes()));
      damage.require(rendering.onDamaged(), video, audio);
      if (config.isEmpty()) {
        line(
            "cost",
            "not estimated: --unet_config_path names no network and %s/%s does not exist"
                .formatted(DefaultCheckpoints.FOLDER, DefaultCheckpoints.UNET_CONFIG));
      } else {
        WorkEstimate work = estimate(config.get(), options, hadoop, scratch);
        Device device =
            options.device().device(OptionalInt.empty(), false, DeviceChoice.Hardware.here());
        new CostText(
                work,
                config.get(),
                probe,
                order.frames(),
                device,
                dtype,
                options.batchSize(),
                Math.min(order.frames(), wholeChunks(segmentFrames, chunk)),
                tasks(segments, options),
                options.threads())
            .lines()
            .forEach(line -> line(line.name(), line.text()));
      }
    }
    return ExitCode.DONE.code();
  }

  private Optional<ModelConfig> config(Configuration hadoop, Scratch scratch) throws IOException {
    Optional<Location> named =
        unetConfig == null
            ? DefaultCheckpoints.here().unetConfig()
            : Optional.of(OptionCheck.location("--unet_config_path", unetConfig));
    return named.isEmpty()
        ? Optional.empty()
        : Optional.of(ModelConfig.read(scratch.input(named.get(), hadoop)));
  }

  private static int wholeChunks(int frames, int chunk) {
    return (frames + chunk - 1) / chunk * chunk;
  }

  private WorkEstimate estimate(
      ModelConfig config, RenderOptions options, Configuration hadoop, Scratch scratch)
      throws IOException {
    if (vae == null) {
      return WorkEstimate.of(config, options.sampling());
    }
    Path folder = scratch.input(OptionCheck.location("--vae_path", vae), hadoop);
    return WorkEstimate.of(config, folder, options.sampling());
  }

  private static String text(VideoProbe probe) {
    return String.format(
        Locale.ROOT,
        "%s, %d×%d, %.2f frames/s: %d frames at %s fps (%.2f s)",
        probe.codec(),
        probe.width(),
        probe.height(),
        probe.sourceFrameRate(),
        probe.frames(),
        probe.frameRate(),
        probe.durationSeconds());
  }

  private static String text(AudioProbe probe) {
    return String.format(
        Locale.ROOT,
        "%s, %d Hz, %d channel%s, %.2f s",
        probe.codec(),
        probe.sampleRate(),
        probe.channels(),
        probe.channels() == 1 ? "" : "s",
        probe.durationSeconds());
  }

  private static String text(FrameSchedule order, FrameRate rate) {
    String fit =
        order.frames() > order.sourceFrames()
            ? "the video is shorter and goes on backward and forward"
            : "the video's first %d".formatted(order.framesUsed());
    return String.format(
        Locale.ROOT, "%d frames (%.2f s): %s", order.frames(), rate.seconds(order.frames()), fit);
  }

  /**
   * A line about the faces of some frames, or of all if these show none.
   *
   * @throws InvalidInputException if no frame shows a face
   */
  private String faces(Path file, VideoProbe probe, int frames) throws IOException {
    int looked = Math.min(SAMPLE, frames);
    int found = 0;
    int several = 0;
    int interlaced = 0;
    float smallest = Float.POSITIVE_INFINITY;
    Rotation turn;
    try (VideoReader reader = VideoReader.open(file, probe);
        FaceDetector detector = FaceDetectors.open()) {
      turn = VideoOrientation.of(reader, probe.frames(), detector);
      FaceDetector upright = turn.upright(detector);
      for (int i = 0; i < looked; i++) {
        try (VideoFrame picture = reader.read((int) ((2L * i + 1) * frames / (2L * looked)))) {
          interlaced += picture.isDeinterlaced() ? 1 : 0;
          List<DetectedFace> faces = upright.detect(picture.toRgb());
          several += faces.size() > 1 ? 1 : 0;
          Optional<DetectedFace> largest =
              faces.stream().max(Comparator.comparing(DetectedFace::area));
          if (largest.isPresent()) {
            found++;
            smallest = Math.min(smallest, largest.get().height());
          }
        }
      }
      if (found == 0) {
        requireFace(reader, upright, frames);
      }
    }
    String size = found == 0 ? "" : ", at least %.0f pixels high".formatted(smallest);
    String turned = turn == Rotation.NONE ? "" : ", turned by %d°".formatted(turn.degrees());
    String full = interlaced == 0 ? "" : "; %d deinterlaced".formatted(interlaced);
    return "in %d of %d frames looked at%s%s; several in %d%s"
        .formatted(found, looked, turned, size, several, full);
  }

  /** Refuses what dubbing refuses. */
  private void requireFace(VideoReader reader, FaceDetector upright, int frames)
      throws IOException {
    for (int frame = 0; frame < frames; frame++) {
      try (VideoFrame picture = reader.read(frame)) {
        if (!upright.detect(picture.toRgb()).isEmpty()) {
          return;
        }
      }
    }
    throw InvalidInputException.noFace(OptionCheck.location("VIDEO", video), frames);
  }

  /** Decodes all frames that are needed: a sample does not show where a file is damaged. */
  private static List<FrameState> states(Path file, VideoProbe probe, int frames)
      throws IOException {
    List<FrameState> states = new ArrayList<>();
    try (VideoReader reader = VideoReader.open(file, probe)) {
      for (int frame = 0; frame < frames; frame++) {
        try (VideoFrame picture = reader.read(frame)) {
          states.add(picture.state());
        }
      }
    }
    return states;
  }

  private static int tasks(int segments, RenderOptions options) {
    int atOnce = Runtime.getRuntime().availableProcessors() / options.threads();
    return Math.max(1, Math.min(segments, atOnce));
  }

  private static void line(String name, String value) {
    System.out.println(String.format(Locale.ROOT, "%-12s %s", name, Printable.line(value)));
  }
}
